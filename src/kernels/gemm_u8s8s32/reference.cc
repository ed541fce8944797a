#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

namespace alice {

void GemmU8S8S32_Reference(const GemmU8S8S32Args& args) {
  for (std::size_t row = 0; row < args.m; ++row) {
    const std::uint8_t* a = args.a + row * args.lda;
    for (std::size_t column = 0; column < args.n; ++column) {
      const std::int8_t* b = args.packed_b + column * args.k;
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < args.k; ++i) sum += std::int32_t{a[i]} * std::int32_t{b[i]};
      args.c[row * args.ldc + column] = sum;
    }
  }
}

}  // namespace alice
