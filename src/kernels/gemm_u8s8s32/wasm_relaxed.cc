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

/// Whatever the machine's instruction means, it is given what makes it exact: the codes of A as they are, or less 128 together
/// with sums that start from what that takes away.
template <DotMeaning kMeaning>
struct DotFamily {
  static constexpr std::size_t kGroupRows = 4;
  template <bool kIsInt4>
  using Step = DotStep<kMeaning, kIsInt4>;

  bool flips;

  [[nodiscard]] std::size_t BlockRows() const { return flips ? kTileRows : 4 * kTileRows; }
  [[nodiscard]] std::size_t PanelHeadBytes() const { return flips ? kTileColumns * sizeof(std::int32_t) : 0; }

  [[nodiscard]] PreparedRows Prepare(const GemmU8S8S32Args& args, std::size_t row, std::size_t rows) const {
    if (!flips) return {reinterpret_cast<const std::byte*>(args.a + row * args.lda), args.lda};
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

  [[nodiscard]] v128_t Start(const std::byte* panel, std::size_t v) const {
    return wasm_v128_load((flips ? panel : kZeros) + v * 16);
  }

 private:
  alignas(16) static constexpr std::byte kZeros[kTileColumns * sizeof(std::int32_t)] = {};
};

#ifdef __wasm_relaxed_simd__
// One instruction, whatever it means: both kernels are the same functions.
template <DotMeaning>
using FamilyFor = DotFamily<DotMeaning::unsigned_signed>;
#else
template <DotMeaning kMeaning>
using FamilyFor = DotFamily<kMeaning>;
#endif

template <DotMeaning kMeaning>
constexpr FamilyFor<kMeaning> kFamily{kMeaning == DotMeaning::signed_signed};

}  // namespace

ALICE_GEMM_U8S8S32_BY_BLOCKS(GemmU8S8S32_6x8c4_Relaxed, kFamily<DotMeaning::unsigned_signed>)
ALICE_GEMM_U8S8S32_BY_BLOCKS(GemmU8S8S32_6x8c4_FlippedRelaxed, kFamily<DotMeaning::signed_signed>)

}  // namespace alice

#endif  // ALICE_HAS_RELAXED_SIMD
