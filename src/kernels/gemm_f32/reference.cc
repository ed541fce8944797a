#include "kernels/gemm_f32/gemm_f32.h"

namespace alice {

void GemmF32_Reference(const GemmF32Args& args) {
  for (std::size_t row = 0; row < args.m; ++row) {
    for (std::size_t column = 0; column < args.n; ++column) {
      float sum = 0.0f;
      for (std::size_t i = 0; i < args.k; ++i) sum += args.a[row * args.lda + i] * args.b[i * args.ldb + column];
      if (args.bias != nullptr) sum += args.bias[column];
      args.c[row * args.ldc + column] = Apply(args.activation, sum);
    }
  }
}

}  // namespace alice
