#include <algorithm>

#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/product_columns.h"

namespace alice {

void PackF32(std::size_t k, std::size_t n, const float* b, float* packed) {
  for (std::size_t column = 0; column < n; column += kTileColumns) {
    const std::size_t columns = std::min(kTileColumns, n - column);
    for (std::size_t row = 0; row < k; ++row) packed = std::copy_n(b + row * n + column, columns, packed);
  }
}

}  // namespace alice
