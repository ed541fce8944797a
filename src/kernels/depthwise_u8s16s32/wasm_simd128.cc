#include "kernels/depthwise_u8s16s32/depthwise_u8s16s32.h"

#if ALICE_HAS_SIMD128
#include "kernels/depthwise_u8s16s32/tap_pointers.h"
#include "kernels/dequantize_gemm/epilogue_simd128.h"

namespace alice {
namespace {

constexpr std::size_t kOutputs = TapPointers::kOutputs;

/// The sums [kOutputs, 2 vectors] of kDepthwiseChannels channels from channel c on: the codes under a pair of taps lie side
/// by side, as their weights do.
void SumBlock(const std::uint8_t* const* taps, std::size_t pairs, std::size_t c, const std::int16_t* w, v128_t* sums) {
  v128_t tile[kOutputs][2];
  for (auto& sum : tile) sum[0] = sum[1] = wasm_i32x4_splat(0);
  for (const std::int16_t* const end = w + pairs * 2 * kDepthwiseChannels; w != end; w += 2 * kDepthwiseChannels) {
    const v128_t weights[2] = {wasm_v128_load(w), wasm_v128_load(w + kDepthwiseChannels)};
    for (auto& sum : tile) {
      const v128_t first = wasm_v128_load64_zero(taps[0] + c);
      const v128_t second = wasm_v128_load64_zero(taps[1] + c);
      taps += 2;
      const v128_t codes =
          wasm_i8x16_shuffle(first, second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const v128_t low = wasm_u16x8_extend_low_u8x16(codes);
      const v128_t high = wasm_u16x8_extend_high_u8x16(codes);
      sum[0] = wasm_i32x4_add(sum[0], wasm_i32x4_dot_i16x8(low, weights[0]));
      sum[1] = wasm_i32x4_add(sum[1], wasm_i32x4_dot_i16x8(high, weights[1]));
    }
  }
  for (std::size_t output = 0; output < kOutputs; ++output) {
    sums[output * 2] = tile[output][0];
    sums[output * 2 + 1] = tile[output][1];
  }
}

template <typename Epilogue>
void SumInto(const DepthwiseU8S16S32Args& args, Epilogue&& epilogue) {
  static_assert(kOutputs <= DequantizeEpilogue::kMostRows);
  TapPointers taps(args);
  const std::size_t pairs = TapPointers::Pairs(args.window);
  v128_t sums[kOutputs * 2];
  for (std::size_t row = 0; row < args.count; row += kOutputs) {
    const std::size_t rows = std::min(kOutputs, args.count - row);
    taps.Find(args.first + row, rows);
    const std::int16_t* w = args.packed;
    for (std::size_t c = 0; c < args.channels; c += kDepthwiseChannels, w += pairs * 2 * kDepthwiseChannels) {
      SumBlock(taps.data(), pairs, c, w, sums);
      epilogue.Store({row, rows, c, 2, sums});
    }
    epilogue.FinishRows(row, rows);
  }
}

}  // namespace

using Kernel4x8c2 = DepthwiseU8S16S32_4x8c2_Simd128;

void Kernel4x8c2::Sums(const DepthwiseU8S16S32Args& args, const DepthwiseSums& to) {
  SumInto(args, SumsEpilogue(to.sums, args.channels, args.channels));
}
void Kernel4x8c2::Dequantize(const DepthwiseU8S16S32Args& args, const Dequantization& to) {
  SumInto(args, DequantizeEpilogue(to, args.count, args.channels));
}
void Kernel4x8c2::Requantize(const DepthwiseU8S16S32Args& args, const Requantization& to) {
  SumInto(args, RequantizeEpilogue(to, args.channels));
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
