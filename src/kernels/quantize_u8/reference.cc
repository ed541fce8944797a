#include <limits>

#include "kernels/quantize_u8/quantize_u8.h"

namespace alice {

MinMax MinMaxF32_Reference(const float* x, std::size_t n) {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < n; ++i) {
    if (x[i] < min) min = x[i];
    if (x[i] > max) max = x[i];
  }
  return {min + 0.0f, max + 0.0f};  // −0 + 0 is +0
}

void QuantizeF32U8_Reference(const float* x, std::size_t n, QParams qparams, std::uint8_t* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = QuantizeU8(x[i], qparams);
}

}  // namespace alice
