#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"

#if ALICE_HAS_SIMD128
#include "kernels/depthwise_u8s8s32/blocks.h"

namespace alice {
namespace {

/// Products of i16 pairs.
struct DepthwisePairs {
  static constexpr std::size_t kRows = 2;

  static void Interleave(const std::uint8_t* const* rows, std::byte* column) {
    const v128_t codes = InterleaveCodes(rows[0], rows[1]);
    wasm_v128_store(column, wasm_u16x8_extend_low_u8x16(codes));
    wasm_v128_store(column + 16, wasm_u16x8_extend_high_u8x16(codes));
  }
  static v128_t Add(v128_t sum, v128_t codes, v128_t weights) {
    return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(codes, weights));
  }
};

}  // namespace

ALICE_DEPTHWISE_U8S8S32_BY_BLOCKS(DepthwiseU8S8S32_4x8c2_Simd128, DepthwisePairs)

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
