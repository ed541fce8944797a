#pragma once

#include "kernels/simd128.h"
#include "numeric/qparams.h"

#if ALICE_HAS_SIMD128
namespace alice {

/// QuantizeU8 of four values, as i32x4 in [0, 255].
class Simd128Quantizer {
 public:
  explicit Simd128Quantizer(QParams qparams)
      : scale_(wasm_f32x4_splat(qparams.scale)),
        low_(wasm_f32x4_splat(static_cast<float>(-qparams.zero_point))),
        high_(wasm_f32x4_splat(static_cast<float>(255 - qparams.zero_point))),
        zero_point_(wasm_i32x4_splat(qparams.zero_point)) {}

  [[nodiscard]] v128_t operator()(v128_t x) const {
    const v128_t scaled = wasm_f32x4_div(x, scale_);
    // In this order of operands pmax gives `low` for a NaN, as RoundClamp does.
    const v128_t clamped = wasm_f32x4_pmin(wasm_f32x4_pmax(low_, scaled), high_);
    return wasm_i32x4_add(RoundHalfEven(clamped), zero_point_);
  }

 private:
  v128_t scale_, low_, high_, zero_point_;
};

}  // namespace alice
#endif  // ALICE_HAS_SIMD128
