#include "kernels/quantize_s8/quantize_s8.h"
#include "numeric/qparams.h"

namespace alice {

void QuantizeF32S8_Reference(const float* x, std::size_t n, const float* scales, std::int8_t* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = QuantizeSymmetric(x[i], scales[i], 8);
}

}  // namespace alice
