#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/relaxed_simd.h"

#if ALICE_HAS_RELAXED_SIMD
#include "kernels/gemm_f32/blocks.h"

namespace alice {
namespace {

struct MultiplyAdd {
  static constexpr std::size_t kGroupBytes = 0;
  static v128_t Load(const std::byte* group, std::size_t v) { return wasm_v128_load(group + v * 16); }
  static v128_t Add(v128_t sum, v128_t a, v128_t b) { return RelaxedMultiplyAdd(a, b, sum); }
};

}  // namespace

void GemmF32_6x8_Relaxed(const GemmF32Args& args) { GemmF32Blocks<MultiplyAdd>::Run(args); }

}  // namespace alice

#endif  // ALICE_HAS_RELAXED_SIMD
