#include "bench/kernels/instruction_peaks.h"

#include <algorithm>

#include "kernels/relaxed_simd.h"
#include "kernels/simd128.h"

namespace alice {
namespace {

/// As many sums as a tile of the product kernels has.
constexpr std::size_t kSums = 12;

v128_t sink;

/// sums[i] = step(a, b, sums[i]) over and over. The operands change, lest a compiler takes the work out of the loop.
template <std::size_t kCount, typename Step>
void Repeat(std::size_t steps, const Step& step) {
  v128_t a = wasm_v128_xor(sink, wasm_i8x16_splat(3));
  const v128_t b = wasm_v128_xor(sink, wasm_i8x16_splat(5));
  v128_t sums[kCount];
  std::fill_n(sums, kCount, sink);
  for (std::size_t i = 0; i < steps; ++i) {
    for (v128_t& sum : sums) sum = step(a, b, sum);
  }
  for (const v128_t& sum : sums) a = wasm_v128_xor(a, sum);
  sink = wasm_v128_and(a, wasm_i8x16_splat(1));
}

#if ALICE_HAS_RELAXED_SIMD
void Dot8(std::size_t steps) {
  Repeat<kSums>(steps,
                [](v128_t a, v128_t b, v128_t sum) { return RelaxedDot<DotMeaning::unsigned_signed>(a, b, sum); });
}

void MultiplyAdd(std::size_t steps) {
  Repeat<kSums>(steps, [](v128_t a, v128_t b, v128_t sum) { return RelaxedMultiplyAdd(a, b, sum); });
}
#endif

void Dot16(std::size_t steps) {
  // The product must depend on the step to stay in the loop; its own sum is there anyway.
  Repeat<kSums>(steps,
                [](v128_t a, v128_t /*b*/, v128_t sum) { return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(sum, a)); });
}

void MultiplyThenAdd(std::size_t steps) {
  Repeat<kSums>(steps, [](v128_t a, v128_t b, v128_t sum) { return wasm_f32x4_add(wasm_f32x4_mul(sum, a), b); });
}

constexpr InstructionPeak kPeaks[] = {
    {"i32x4.dot_i16x8", Isa::simd128, kSums * 8, Dot16},
    {"f32x4.mul, f32x4.add", Isa::simd128, kSums * 4, MultiplyThenAdd},
#if ALICE_HAS_RELAXED_SIMD
    {"i32x4.relaxed_dot_i8x16_i7x16_add", Isa::relaxed, kSums * 16, Dot8},
    {"f32x4.relaxed_madd", Isa::relaxed, kSums * 4, MultiplyAdd},
#endif
};

}  // namespace

std::span<const InstructionPeak> AllInstructionPeaks() { return kPeaks; }

}  // namespace alice
