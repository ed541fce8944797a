#pragma once

#include <array>
#include <cstddef>

namespace alice {

/// combine over the elements of map(x[i]), from `start` on, which changes nothing: in several partial results that the
/// compiler keeps in the lanes of vectors, so that a sum's rounding error grows with n / 16.
template <typename T, typename Map, typename Combine>
T FoldRow(const T* x, std::size_t n, T start, const Map& map, const Combine& combine) {
  constexpr std::size_t kLanes = 16;
  std::array<T, kLanes> lanes;
  lanes.fill(start);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = combine(lanes[lane], map(x[i + lane]));
  }
  for (std::size_t lane = 0; i < n; ++i, ++lane) lanes[lane] = combine(lanes[lane], map(x[i]));
  for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] = combine(lanes[lane], lanes[lane + half]);
  }
  return lanes[0];
}

/// Σ map(x[i])
template <typename Map>
float SumRow(const float* x, std::size_t n, const Map& map) {
  return FoldRow(x, n, 0.0f, map, [](float a, float b) { return a + b; });
}

}  // namespace alice
