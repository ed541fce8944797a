#include <algorithm>
#include <cmath>

#include "kernels/softmax_f32/softmax_f32.h"

namespace alice {

void SoftmaxF32_Reference(std::size_t outer, std::size_t axis_size, std::size_t inner, const float* x, float* y) {
  for (std::size_t slice = 0; slice < outer * inner; ++slice) {
    const std::size_t first = slice / inner * axis_size * inner + slice % inner;
    const std::size_t end = first + axis_size * inner;
    float max = x[first];
    for (std::size_t i = first; i < end; i += inner) max = std::max(max, x[i]);
    float sum = 0.0f;
    for (std::size_t i = first; i < end; i += inner) {
      y[i] = std::exp(x[i] - max);
      sum += y[i];
    }
    for (std::size_t i = first; i < end; i += inner) y[i] /= sum;
  }
}

}  // namespace alice
