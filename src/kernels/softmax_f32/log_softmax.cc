#include <algorithm>

#include "kernels/softmax_f32/softmax_f32.h"
#include "numeric/elementary.h"

namespace alice {

void LogSoftmaxF32(std::size_t outer, std::size_t axis_size, std::size_t inner, const float* x, float* y) {
  for (std::size_t slice = 0; slice < outer * inner; ++slice) {
    const std::size_t first = slice / inner * axis_size * inner + slice % inner;
    float max = x[first];
    for (std::size_t i = 1; i < axis_size; ++i) max = std::max(max, x[first + i * inner]);
    float sums[4] = {};
    for (std::size_t i = 0; i < axis_size; ++i) sums[i % 4] += Exp(x[first + i * inner] - max);
    const float log = Log((sums[0] + sums[2]) + (sums[1] + sums[3]));
    for (std::size_t i = 0; i < axis_size; ++i) y[first + i * inner] = x[first + i * inner] - max - log;
  }
}

}  // namespace alice
