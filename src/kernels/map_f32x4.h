#pragma once

#include <cstddef>

#include "kernels/f32x4.h"

namespace alice {

/// y[i] = function(x[i]) for i in [0, n), four at a time (F32x4 → F32x4). y may be x.
template <typename Function>
void MapF32x4(const float* x, std::size_t n, float* y, const Function& function) {
  for (std::size_t i = 0; i < n; i += 4) {
    const std::size_t lanes = n - i;
    StoreLanes(y + i, function(F32x4(LoadLanes(x + i, lanes))).lanes, lanes);
  }
}

}  // namespace alice
