#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/relaxed_simd.h"

#if ALICE_HAS_RELAXED_SIMD
#include "kernels/gemm_u8s8s32/blocks.h"

namespace alice {
namespace {

/// One instruction for four products of a byte each.
template <DotMeaning kMeaning, bool kIsInt4>
struct DotStep {
  static constexpr std::size_t kGroupBytes = kIsInt4 ? 16 : 32;

  static v128_t Load(const std::byte* group, std::size_t v) {
    if constexpr (!kIsInt4) return wasm_v128_load(group + v * 16);
    const v128_t nibbles = wasm_v128_load(group);
    const v128_t low = v == 0 ? nibbles : wasm_u16x8_shr(nibbles, 4);
    return wasm_i8x16_sub(wasm_v128_and(low, wasm_i8x16_splat(0x0F)), wasm_i8x16_splat(8));
  }
  static v128_t Add(v128_t sum, v128_t a, v128_t b) { return RelaxedDot<kMeaning>(b, a, sum); }
};

/// For machines whose instruction takes the codes of A as they are.
struct Relaxed {
  static constexpr std::size_t kBlockRows = 4 * kTileRows;
  static constexpr std::size_t kGroupRows = 4;
  static constexpr std::size_t kPanelHeadBytes = 0;
  template <bool kIsInt4>
  using Step = DotStep<DotMeaning::unsigned_signed, kIsInt4>;

  static PreparedRows Prepare(const GemmU8S8S32Args& args, std::size_t row, std::size_t /*rows*/) {
    return {reinterpret_cast<const std::byte*>(args.a + row * args.lda), args.lda};
  }
  static v128_t Start(const std::byte* /*panel*/, std::size_t /*v*/) { return wasm_i32x4_splat(0); }
};

/// For machines whose instruction multiplies signed bytes: the codes of A less 128, and sums that start with what that
/// takes away.
struct FlippedRelaxed {
  static constexpr std::size_t kBlockRows = kTileRows;
  static constexpr std::size_t kGroupRows = 4;
  static constexpr std::size_t kPanelHeadBytes = kTileColumns * sizeof(std::int32_t);
  template <bool kIsInt4>
  using Step = DotStep<DotMeaning::signed_signed, kIsInt4>;

  static PreparedRows Prepare(const GemmU8S8S32Args& args, std::size_t row, std::size_t rows) {
    const std::size_t codes = (args.k + 15) / 16 * 16;
    const v128_t top_bits = wasm_i8x16_splat(-128);
    for (std::size_t r = 0; r < rows; ++r) {
      const std::uint8_t* a = args.a + (row + r) * args.lda;
      std::byte* flipped = args.scratch + r * codes;
      for (std::size_t i = 0; i < codes; i += 16) {
        wasm_v128_store(flipped + i, wasm_v128_xor(wasm_v128_load(a + i), top_bits));
      }
    }
    return {args.scratch, codes};
  }
  static v128_t Start(const std::byte* panel, std::size_t v) { return wasm_v128_load(panel + v * 16); }
};

}  // namespace

ALICE_GEMM_U8S8S32_BY_BLOCKS(GemmU8S8S32_6x8c4_Relaxed, Relaxed)
ALICE_GEMM_U8S8S32_BY_BLOCKS(GemmU8S8S32_6x8c4_FlippedRelaxed, FlippedRelaxed)

}  // namespace alice

#endif  // ALICE_HAS_RELAXED_SIMD
