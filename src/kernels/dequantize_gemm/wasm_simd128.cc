#include "kernels/dequantize_gemm/dequantize_gemm.h"

#if ALICE_HAS_SIMD128
#include <algorithm>

#include "kernels/dequantize_gemm/epilogue_simd128.h"

namespace alice {
namespace {

template <typename Args, typename Epilogue>
void StoreAll(const Args& args, Epilogue&& epilogue) {
  constexpr std::size_t kRows = 6;
  v128_t sums[kRows * 2];
  for (std::size_t row = 0; row < args.m; row += kRows) {
    const std::size_t rows = std::min(kRows, args.m - row);
    for (std::size_t c = 0; c < args.n; c += 8) {
      const std::size_t vectors = c + 4 < args.n ? 2 : 1;
      v128_t* next = sums;
      for (std::size_t r = row; r < row + rows; ++r) {
        const std::int32_t* from = args.sums + r * args.ld_sums;
        for (std::size_t v = c; v < c + vectors * 4; v += 4) *next++ = LoadLanes(from + v, args.n - v);
      }
      epilogue.Store({row, rows, c, vectors, sums});
    }
    epilogue.FinishRows(row, rows);
  }
}

}  // namespace

void DequantizeGemm_6x8_Simd128(const DequantizeGemmArgs& args) {
  StoreAll(args, DequantizeEpilogue(args.to, args.m, args.n));
}

void RequantizeGemm_6x8_Simd128(const RequantizeGemmArgs& args) { StoreAll(args, RequantizeEpilogue(args.to, args.n)); }

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
