#pragma once

#include <cstdint>

namespace alice {

/// A small seeded generator: the same seed and stream give the same numbers on every target.
///
/// Source: PCG-XSH-RR 64/32 with streams (O'Neill, "PCG: A Family of Simple Fast Space-Efficient
/// Statistically Good Algorithms for Random Number Generation", HMC-CS-2014-0905, 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : increment_((stream << 1) | 1) {
    Next();
    state_ += seed;
    Next();
  }

  /// Uniform over all 32-bit numbers.
  std::uint32_t Next() {
    const std::uint64_t old = state_;
    state_ = old * 6364136223846793005u + increment_;
    const auto mixed = static_cast<std::uint32_t>(((old >> 18) ^ old) >> 27);
    const auto turn = static_cast<std::uint32_t>(old >> 59);
    return (mixed >> turn) | (mixed << ((32 - turn) & 31));
  }

  /// Uniform in [0, 1), in steps of 2^-32.
  double Unit() { return Next() * 0x1p-32; }
  /// Uniform in [low, high).
  double Uniform(double low, double high) { return low + (high - low) * Unit(); }
  /// Uniform in 0 … count − 1, off by at most count / 2^32. Requires count ≥ 1.
  std::uint32_t Below(std::uint32_t count) { return static_cast<std::uint32_t>((std::uint64_t{Next()} * count) >> 32); }
  /// Whether an event of this probability happens.
  bool Chance(double probability) { return Unit() < probability; }
  /// Nearly normal with mean 0 and standard deviation 1, in (−3.5, 3.5): four uniform numbers added
  /// (Irwin–Hall).
  double Normal() {
    double sum = -2;
    for (int i = 0; i < 4; ++i) sum += Unit();
    return sum * 1.7320508075688772;
  }

 private:
  std::uint64_t state_ = 0;
  std::uint64_t increment_;
};

}  // namespace alice
