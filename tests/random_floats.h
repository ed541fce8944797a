#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace alice {

/// Multiples of 2^−11 from −1 to below 1, the same ones for the same seed.
inline std::vector<float> RandomFloats(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(random() % 4096) / 2048.0f - 1.0f;
  return values;
}

}  // namespace alice
