#include "kernels/quantize_s8/quantize_s8.h"

#if ALICE_HAS_SIMD128
#include "kernels/simd128.h"

namespace alice {

void QuantizeF32S8_x16_Simd128(const float* x, std::size_t n, const float* scales, std::int8_t* y) {
  const v128_t low = wasm_f32x4_splat(-127.0f);
  const v128_t high = wasm_f32x4_splat(127.0f);
  const auto quantize = [&](std::size_t i) {
    const v128_t scaled = wasm_f32x4_div(wasm_v128_load(x + i), wasm_v128_load(scales + i));
    // In this order of operands pmax gives `low` for a NaN, as RoundClamp does.
    return RoundHalfEven(wasm_f32x4_pmin(wasm_f32x4_pmax(low, scaled), high));
  };
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    wasm_v128_store(y + i, wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(quantize(i), quantize(i + 4)),
                                                   wasm_i16x8_narrow_i32x4(quantize(i + 8), quantize(i + 12))));
  }
  QuantizeF32S8_Reference(x + i, n - i, scales + i, y + i);
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
