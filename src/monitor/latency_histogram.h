#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace alice {

/// How long inferences took: counts in buckets whose bounds are ten to a decade, rounded as the Renard series R10 is
/// (ISO 3), from 0.1 µs to 10 s.
class LatencyHistogram {
 public:
  static constexpr std::size_t kPerDecade = 10;
  static constexpr std::size_t kDecades = 8;
  static constexpr double kLowest_ms = 1e-4;
  /// The last bucket is for what is above every bound.
  static constexpr std::size_t kBuckets = kPerDecade * kDecades + 2;

  /// Counts `times` inferences of `ms` each.
  void Add(double ms, std::uint64_t times = 1);

  /// The highest value of that bucket; ∞ for the last.
  static double UpperBoundMs(std::size_t bucket);
  [[nodiscard]] std::uint64_t bucket(std::size_t index) const { return buckets_[index]; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double sum_ms() const { return sum_ms_; }
  [[nodiscard]] double max_ms() const { return max_ms_; }
  /// The value below which the share q of the counted ones lies, interpolated within its bucket; 0 where nothing was
  /// counted.
  [[nodiscard]] double QuantileMs(double q) const;

 private:
  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  double sum_ms_ = 0.0;
  double max_ms_ = 0.0;
};

}  // namespace alice
