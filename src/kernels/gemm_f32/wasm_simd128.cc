#include "kernels/gemm_f32/gemm_f32.h"

#if ALICE_HAS_SIMD128
#include "kernels/gemm_f32/blocks.h"

namespace alice {
namespace {

struct MultiplyThenAdd {
  static constexpr std::size_t kGroupBytes = 0;
  static v128_t Load(const std::byte* group, std::size_t v) { return wasm_v128_load(group + v * 16); }
  static v128_t Add(v128_t sum, v128_t a, v128_t b) { return wasm_f32x4_add(sum, wasm_f32x4_mul(a, b)); }
};

}  // namespace

void GemmF32_6x8_Simd128(const GemmF32Args& args) { GemmF32Blocks<MultiplyThenAdd>::Run(args); }

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
