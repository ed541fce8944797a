#pragma once

#include <cstddef>
#include <random>
#include <vector>

namespace alice {

/// Integers in [low, high], the same ones each time.
template <typename T>
std::vector<T> RandomValues(std::size_t count, int low, int high) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> any(low, high);
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(any(random));
  return values;
}

}  // namespace alice
