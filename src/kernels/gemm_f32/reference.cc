#include <algorithm>

#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/product_columns.h"

namespace alice {
namespace {

/// A column of B: its first value, and how far apart they are.
struct ColumnF32 {
  const float* b;
  std::size_t stride;
};

ColumnF32 ColumnOf(const GemmF32Args& args, std::size_t column) {
  if (args.ldb != kPackedF32) return {args.b + column, args.ldb};
  const std::size_t panel = column / kTileColumns * kTileColumns;
  return {args.b + panel * args.k + column - panel, std::min(kTileColumns, args.n - panel)};
}

}  // namespace

void GemmF32_Reference(const GemmF32Args& args) {
  for (std::size_t row = 0; row < args.m; ++row) {
    for (std::size_t column = 0; column < args.n; ++column) {
      const auto [b, stride] = ColumnOf(args, column);
      float sum = 0.0f;
      for (std::size_t i = 0; i < args.k; ++i) sum += args.a[row * args.lda + i] * b[i * stride];
      if (args.bias != nullptr) sum += args.bias[column];
      args.c[row * args.ldc + column] = Apply(args.activation, sum);
    }
  }
}

}  // namespace alice
