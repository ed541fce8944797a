#include "kernels/transpose/transpose.h"

namespace alice {

void TransposeF32_Reference(const TransposeF32Args& args) {
  const auto [rows, cols, x, ldx, y] = args;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t col = 0; col < cols; ++col) y[col * rows + row] = x[row * ldx + col];
  }
}

}  // namespace alice
