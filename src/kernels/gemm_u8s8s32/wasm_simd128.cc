#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

#if ALICE_HAS_SIMD128
#include "kernels/gemm_u8s8s32/blocks.h"

namespace alice {
namespace {

/// Products of i16 pairs: the codes of a block of A are widened once, those of B as they are loaded.
struct Simd128 {
  static constexpr std::size_t kGroupRows = 2;
  static constexpr std::size_t BlockRows() { return kTileRows; }
  static constexpr std::size_t PanelHeadBytes() { return 0; }

  template <bool kIsInt4>
  struct Step {
    static constexpr std::size_t kGroupBytes = kIsInt4 ? 8 : 16;

    static v128_t Load(const std::byte* group, std::size_t v) {
      if constexpr (!kIsInt4) return wasm_i16x8_load8x8(group + v * 8);
      const v128_t nibbles = wasm_u16x8_load8x8(group);
      const v128_t codes = v == 0 ? wasm_v128_and(nibbles, wasm_i16x8_splat(0x0F)) : wasm_u16x8_shr(nibbles, 4);
      return wasm_i16x8_sub(codes, wasm_i16x8_splat(8));
    }
    static v128_t Add(v128_t sum, v128_t a, v128_t b) { return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(a, b)); }
  };

  static PreparedRows Prepare(const GemmU8S8S32Args& args, std::size_t row, std::size_t rows) {
    const std::size_t codes = (args.k + 15) / 16 * 16;
    for (std::size_t r = 0; r < rows; ++r) {
      const std::uint8_t* a = args.a + (row + r) * args.lda;
      std::byte* wide = args.scratch + r * codes * 2;
      for (std::size_t i = 0; i < codes; i += 16) {
        const v128_t bytes = wasm_v128_load(a + i);
        wasm_v128_store(wide + i * 2, wasm_u16x8_extend_low_u8x16(bytes));
        wasm_v128_store(wide + i * 2 + 16, wasm_u16x8_extend_high_u8x16(bytes));
      }
    }
    return {args.scratch, codes * 2};
  }

  static v128_t Start(const std::byte* /*panel*/, std::size_t /*v*/) { return wasm_i32x4_splat(0); }
};

}  // namespace

ALICE_GEMM_U8S8S32_BY_BLOCKS(GemmU8S8S32_6x8c2_Simd128, Simd128())

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
