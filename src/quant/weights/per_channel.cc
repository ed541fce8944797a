#include "quant/weights/per_channel.h"

#include <algorithm>
#include <cmath>

#include "numeric/qparams.h"

namespace alice {

void QuantizePerChannel(const float* w, std::size_t k, std::size_t n, std::int8_t* q, float* scales) {
  constexpr int kBits = 8;
  std::fill_n(scales, n, 0.0f);
  for (std::size_t row = 0; row < k; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      scales[column] = std::max(scales[column], std::abs(w[row * n + column]));
    }
  }
  for (std::size_t column = 0; column < n; ++column) scales[column] = SymmetricScale(scales[column], kBits);
  for (std::size_t row = 0; row < k; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      q[row * n + column] = QuantizeSymmetric(w[row * n + column], scales[column], kBits);
    }
  }
}

}  // namespace alice
