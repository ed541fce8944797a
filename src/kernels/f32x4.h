#pragma once

#include "kernels/simd128.h"
#include "numeric/elementary.h"

namespace alice {

/// Four floats with the operations that numeric/elementary.h asks for.
struct F32x4 {
  v128_t lanes;

  explicit F32x4(v128_t values) : lanes(values) {}
  explicit F32x4(float value) : lanes(wasm_f32x4_splat(value)) {}

  friend F32x4 operator+(F32x4 a, F32x4 b) { return F32x4(wasm_f32x4_add(a.lanes, b.lanes)); }
  friend F32x4 operator-(F32x4 a, F32x4 b) { return F32x4(wasm_f32x4_sub(a.lanes, b.lanes)); }
  friend F32x4 operator*(F32x4 a, F32x4 b) { return F32x4(wasm_f32x4_mul(a.lanes, b.lanes)); }
  friend F32x4 operator/(F32x4 a, F32x4 b) { return F32x4(wasm_f32x4_div(a.lanes, b.lanes)); }
};

inline F32x4 Clamped(F32x4 x, F32x4 low, F32x4 high) { return F32x4(Clamp(x.lanes, low.lanes, high.lanes)); }
inline F32x4 Absolute(F32x4 x) { return F32x4(wasm_f32x4_abs(x.lanes)); }
inline F32x4 Negated(F32x4 x) { return F32x4(wasm_f32x4_neg(x.lanes)); }
inline F32x4 SquareRoot(F32x4 x) { return F32x4(wasm_f32x4_sqrt(x.lanes)); }
inline F32x4 RoundedDown(F32x4 x) { return F32x4(wasm_f32x4_floor(x.lanes)); }
inline F32x4 RoundedUp(F32x4 x) { return F32x4(wasm_f32x4_ceil(x.lanes)); }
inline F32x4 RoundHalfEven(F32x4 x) { return F32x4(wasm_f32x4_nearest(x.lanes)); }
inline F32x4 WithSignOf(F32x4 magnitude, F32x4 sign) {
  return F32x4(wasm_v128_bitselect(sign.lanes, magnitude.lanes, wasm_f32x4_splat(-0.0f)));
}
inline F32x4 WhereBelow(F32x4 x, F32x4 limit, F32x4 below, F32x4 other) {
  return F32x4(wasm_v128_bitselect(below.lanes, other.lanes, wasm_f32x4_lt(x.lanes, limit.lanes)));
}
inline F32x4 NaNOr(F32x4 x, F32x4 other) {
  return F32x4(wasm_v128_bitselect(x.lanes, other.lanes, wasm_f32x4_ne(x.lanes, x.lanes)));
}
inline Split<F32x4> SplitByPowerOf2(F32x4 x) {
  const v128_t sqrt_half = wasm_i32x4_splat(kSqrtHalfBits);
  const v128_t above = wasm_i32x4_sub(x.lanes, sqrt_half);
  return {F32x4(wasm_i32x4_add(wasm_v128_and(above, wasm_i32x4_splat(0x7fffff)), sqrt_half)),
          F32x4(wasm_f32x4_convert_i32x4(wasm_i32x4_shr(above, 23)))};
}
inline F32x4 ScaledByPowerOf2(F32x4 y, F32x4 shifted) {
  const auto power = [](v128_t n) { return F32x4(wasm_i32x4_shl(wasm_i32x4_add(n, wasm_i32x4_splat(127)), 23)); };
  const v128_t n = wasm_i32x4_sub(shifted.lanes, wasm_i32x4_splat(kToIntegerBits));
  const v128_t half = wasm_i32x4_shr(n, 1);
  return y * power(half) * power(wasm_i32x4_sub(n, half));
}

}  // namespace alice
