#include "kernels/quantize_u8/quantize_u8.h"

#if ALICE_HAS_SIMD128
#include <algorithm>

#include "kernels/simd128.h"

namespace alice {
namespace {

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

}  // namespace
MinMax MinMaxF32_x16_Simd128(const float* x, std::size_t n) {
  const MinMax none = MinMaxF32_Reference(x, 0);
  v128_t min[4];
  v128_t max[4];
  std::fill_n(min, 4, wasm_f32x4_splat(none.min));
  std::fill_n(max, 4, wasm_f32x4_splat(none.max));
  const auto include = [&](std::size_t slot, const float* from) {
    const v128_t values = wasm_v128_load(from);
    min[slot] = wasm_f32x4_pmin(min[slot], values);  // a NaN leaves the first operand
    max[slot] = wasm_f32x4_pmax(max[slot], values);
  };
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    include(0, x + i);
    include(1, x + i + 4);
    include(2, x + i + 8);
    include(3, x + i + 12);
  }
  for (; i + 4 <= n; i += 4) include(0, x + i);

  const MinMax tail = MinMaxF32_Reference(x + i, n - i);
  float extremes[2][4];
  wasm_v128_store(extremes[0], wasm_f32x4_pmin(wasm_f32x4_pmin(min[0], min[1]), wasm_f32x4_pmin(min[2], min[3])));
  wasm_v128_store(extremes[1], wasm_f32x4_pmax(wasm_f32x4_pmax(max[0], max[1]), wasm_f32x4_pmax(max[2], max[3])));
  return {std::min(tail.min, *std::min_element(extremes[0], extremes[0] + 4)) + 0.0f,
          std::max(tail.max, *std::max_element(extremes[1], extremes[1] + 4)) + 0.0f};
}

void QuantizeF32U8_x16_Simd128(const float* x, std::size_t n, QParams qparams, std::uint8_t* y) {
  const Simd128Quantizer quantizer(qparams);
  const auto quantize = [&](const float* from) { return quantizer(wasm_v128_load(from)); };
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const v128_t low = wasm_i16x8_narrow_i32x4(quantize(x + i), quantize(x + i + 4));
    const v128_t high = wasm_i16x8_narrow_i32x4(quantize(x + i + 8), quantize(x + i + 12));
    wasm_v128_store(y + i, wasm_u8x16_narrow_i16x8(low, high));
  }
  for (; i + 4 <= n; i += 4) {
    const v128_t codes = wasm_i16x8_narrow_i32x4(quantize(x + i), wasm_i32x4_splat(0));
    wasm_v128_store32_lane(y + i, wasm_u8x16_narrow_i16x8(codes, codes), 0);
  }
  QuantizeF32U8_Reference(x + i, n - i, qparams, y + i);
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
