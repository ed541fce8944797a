#include "kernels/transpose/transpose.h"

namespace alice {

void TransposeF32_Reference(std::size_t rows, std::size_t cols, const float* x, float* y) {
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t col = 0; col < cols; ++col) y[col * rows + row] = x[row * cols + col];
  }
}

}  // namespace alice
