#include <limits>

#include "kernels/arg_max_f32/arg_max_f32.h"

namespace alice {

std::size_t ArgMaxF32_Reference(const float* x, std::size_t n) {
  std::size_t best = 0;
  float most = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < n; ++i) {
    if (x[i] > most) {
      most = x[i];
      best = i;
    }
  }
  return best;
}

}  // namespace alice
