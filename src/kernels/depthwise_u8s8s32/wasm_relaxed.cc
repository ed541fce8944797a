#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"
#include "kernels/relaxed_simd.h"

#if ALICE_HAS_RELAXED_SIMD
#include "kernels/depthwise_u8s8s32/blocks.h"

namespace alice {
namespace {

/// One instruction for four products of a byte each.
struct DepthwiseQuads {
  static constexpr std::size_t kRows = 4;

  static void Interleave(const std::uint8_t* const* rows, std::byte* column) {
    const v128_t first = InterleaveCodes(rows[0], rows[1]);
    const v128_t second = InterleaveCodes(rows[2], rows[3]);
    wasm_v128_store(column, wasm_i16x8_shuffle(first, second, 0, 8, 1, 9, 2, 10, 3, 11));
    wasm_v128_store(column + 16, wasm_i16x8_shuffle(first, second, 4, 12, 5, 13, 6, 14, 7, 15));
  }
  static v128_t Add(v128_t sum, v128_t codes, v128_t weights) {
    return RelaxedDot<DotMeaning::unsigned_signed>(weights, codes, sum);
  }
};

}  // namespace

ALICE_DEPTHWISE_U8S8S32_BY_BLOCKS(DepthwiseU8S8S32_4x8c4_Relaxed, DepthwiseQuads)

}  // namespace alice

#endif  // ALICE_HAS_RELAXED_SIMD
