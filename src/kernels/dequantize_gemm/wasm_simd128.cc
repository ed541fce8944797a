#include "kernels/dequantize_gemm/dequantize_gemm.h"

#if ALICE_HAS_SIMD128
#include "kernels/dequantize_gemm/epilogue_simd128.h"

namespace alice {
namespace {

template <typename Args, typename Epilogue>
void StoreAll(const Args& args, Epilogue&& epilogue) {
  for (std::size_t row = 0; row < args.m; ++row) {
    const std::int32_t* sums = args.sums + row * args.ld_sums;
    for (std::size_t c = 0; c < args.n; c += 4) {
      const v128_t vector = LoadLanes(sums + c, args.n - c);
      epilogue.Store({row, 1, c, 1, &vector});
    }
    epilogue.FinishRows(row, 1);
  }
}

}  // namespace

void DequantizeGemm_1x4_Simd128(const DequantizeGemmArgs& args) {
  StoreAll(args, DequantizeEpilogue(args.to, args.m, args.n));
}

void RequantizeGemm_1x4_Simd128(const RequantizeGemmArgs& args) { StoreAll(args, RequantizeEpilogue(args.to, args.n)); }

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
