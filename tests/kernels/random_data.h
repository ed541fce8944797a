#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace alice {

/// Reproducible data for kernels: every test names its seed.
class RandomData {
 public:
  explicit RandomData(std::uint32_t seed) : engine_(seed) {}

  /// Integers in [low, high]; every fourth one is an end of the range.
  template <typename T>
  std::vector<T> Integers(std::size_t n, T low, T high) {
    std::uniform_int_distribution<std::int64_t> inside(low, high);
    std::vector<T> values(n);
    for (T& value : values) {
      const std::uint32_t pick = engine_() % 8;
      value = pick == 0 ? low : pick == 1 ? high : static_cast<T>(inside(engine_));
    }
    return values;
  }

  /// Floats in [−limit, limit]; every fourth one is special: −0, +0, subnormal, tiny, or ±limit.
  std::vector<float> Floats(std::size_t n, float limit) {
    const float specials[] = {-0.0f,  0.0f, std::numeric_limits<float>::denorm_min(), -1e-40f, 1e-30f, limit,
                              -limit, 1.0f};
    std::uniform_real_distribution<float> inside(-limit, limit);
    std::vector<float> values(n);
    for (float& value : values) value = engine_() % 4 == 0 ? specials[engine_() % 8] : inside(engine_);
    return values;
  }

 private:
  std::mt19937 engine_;
};

}  // namespace alice
