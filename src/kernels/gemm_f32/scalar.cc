#include "kernels/gemm_f32/gemm_f32.h"

#if ALICE_HAS_SCALAR
#include <algorithm>

#include "kernels/product_columns.h"

namespace alice {
namespace {

constexpr std::size_t kColumns = 4;

/// kRows × kWidth outputs, from `b` on, whose rows are `stride` apart.
template <std::size_t kRows, std::size_t kWidth>
void MultiplyTile(const GemmF32Args& args, std::size_t row, std::size_t column, const float* b, std::size_t stride) {
  const float* a = args.a + row * args.lda;
  float tile[kRows][kWidth] = {};
  for (std::size_t i = 0; i < args.k; ++i, b += stride) {
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t c = 0; c < kWidth; ++c) tile[r][c] += a[r * args.lda + i] * b[c];
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t c = 0; c < kWidth; ++c) {
      float sum = tile[r][c];
      if (args.bias != nullptr) sum += args.bias[column + c];
      args.c[(row + r) * args.ldc + column + c] = Apply(args.activation, sum);
    }
  }
}

template <std::size_t kRows>
void MultiplyRows(const GemmF32Args& args, std::size_t row) {
  const bool is_packed = args.ldb == kPackedF32;
  for (std::size_t panel = 0; panel < args.n; panel += kTileColumns) {
    const std::size_t width = std::min(kTileColumns, args.n - panel);
    const float* b = is_packed ? args.b + panel * args.k : args.b + panel;
    const std::size_t stride = is_packed ? width : args.ldb;
    std::size_t c = 0;
    for (; c + kColumns <= width; c += kColumns) MultiplyTile<kRows, kColumns>(args, row, panel + c, b + c, stride);
    for (; c < width; ++c) MultiplyTile<kRows, 1>(args, row, panel + c, b + c, stride);
  }
}

}  // namespace

void GemmF32_2x4_Scalar(const GemmF32Args& args) {
  std::size_t row = 0;
  for (; row + 2 <= args.m; row += 2) MultiplyRows<2>(args, row);
  if (row < args.m) MultiplyRows<1>(args, row);
}

}  // namespace alice

#endif  // ALICE_HAS_SCALAR
