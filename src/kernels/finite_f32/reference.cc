#include <algorithm>
#include <cmath>

#include "kernels/finite_f32/finite_f32.h"

namespace alice {

bool AllFiniteF32_Reference(const float* x, std::size_t n) {
  return std::all_of(x, x + n, [](float value) { return std::isfinite(value); });
}

}  // namespace alice
