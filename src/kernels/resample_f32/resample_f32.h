#pragma once

#include <cstddef>
#include <cstdint>

namespace alice {

/// How one axis is resampled: place j of the result is Σ_t weights[j · taps + t] · x[indices[j · taps + t]], summed from
/// the left, or `outside` where the first index is below 0.
struct Taps {
  std::size_t taps;  ///< 2 or 4
  const std::int32_t* indices;
  const float* weights;
  float outside;
};

/// y [outer, to, inner] from x [outer, from, inner], resampled along the middle axis. x and y do not overlap.
void ResampleF32(std::size_t outer, std::size_t from, std::size_t to, std::size_t inner, const Taps& taps,
                 const float* x, float* y);

}  // namespace alice
