#include "kernels/dequantize_gemm/dequantize_gemm.h"

#if ALICE_HAS_SIMD128
#include <algorithm>
#include <cstring>

#include "kernels/activation_f32/activation_f32.h"
#include "kernels/activation_f32/clamp_bounds.h"
#include "kernels/simd128.h"

namespace alice {
namespace {

/// The first `lanes` (4 at most count) of the s8 at `source`, as i32x4.
v128_t LoadBytesAsI32(const std::int8_t* source, std::size_t lanes) {
  std::int32_t wide[4] = {};
  std::copy_n(source, std::min<std::size_t>(lanes, 4), wide);
  return wasm_v128_load(wide);
}

/// The values of one row of accumulators before the activation.
class Row {
 public:
  Row(const DequantizeGemmArgs& args, std::size_t row)
      : args_(args),
        acc_(args.acc + row * args.ld_acc),
        y_(args.accumulate ? args.y + row * args.ldy : nullptr),
        zero_point_(wasm_i32x4_splat(args.a_qparams[row / args.rows_per_group].zero_point)),
        scale_(wasm_f32x4_splat(args.a_qparams[row / args.rows_per_group].scale)),
        row_sum_(wasm_i32x4_splat(args.weight_zero_points == nullptr ? 0 : args.row_sums[row])) {}

  /// Those of the columns [c, c + 4), as far as they are there.
  [[nodiscard]] v128_t At(std::size_t c) const {
    const std::size_t lanes = args_.n - c;
    v128_t sum = LoadLanes(acc_ + c, lanes);
    sum = wasm_i32x4_sub(sum, wasm_i32x4_mul(zero_point_, LoadLanes(args_.column_sums + c, lanes)));
    if (args_.weight_zero_points != nullptr) {
      sum = wasm_i32x4_sub(sum, wasm_i32x4_mul(row_sum_, LoadBytesAsI32(args_.weight_zero_points + c, lanes)));
    }
    const v128_t factor = wasm_f32x4_mul(scale_, LoadLanes(args_.weight_scales + c, lanes));
    v128_t value = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sum), factor);
    if (y_ != nullptr) value = wasm_f32x4_add(value, LoadLanes(y_ + c, lanes));
    if (args_.bias != nullptr) value = wasm_f32x4_add(value, LoadLanes(args_.bias + c, lanes));
    return value;
  }

 private:
  const DequantizeGemmArgs& args_;
  const std::int32_t* acc_;
  const float* y_;
  v128_t zero_point_, scale_, row_sum_;
};

/// The first `lanes` (4 at most count) of four codes in i32x4, as bytes.
void StoreCodes(std::uint8_t* target, v128_t codes, std::size_t lanes) {
  const v128_t words = wasm_i16x8_narrow_i32x4(codes, codes);
  const std::int32_t bytes = wasm_i32x4_extract_lane(wasm_u8x16_narrow_i16x8(words, words), 0);
  std::memcpy(target, &bytes, std::min<std::size_t>(lanes, sizeof bytes));
}

}  // namespace

void DequantizeGemm_1x4_Simd128(const DequantizeGemmArgs& args) {
  const ClampBounds bounds = ClampBoundsOf(args.activation);
  const v128_t low = wasm_f32x4_splat(bounds.low);
  const v128_t high = wasm_f32x4_splat(bounds.high);
  for (std::size_t row = 0; row < args.m; ++row) {
    const Row values(args, row);
    float* y = args.y + row * args.ldy;
    for (std::size_t c = 0; c < args.n; c += 4) StoreLanes(y + c, Clamp(values.At(c), low, high), args.n - c);
    if (!bounds.complete) ActivationF32_x4_Simd128(args.activation, y, args.n, y);
  }
}

void RequantizeGemm_1x4_Simd128(const RequantizeGemmArgs& args) {
  const v128_t low = wasm_f32x4_splat(static_cast<float>(args.low - args.zero_point));
  const v128_t high = wasm_f32x4_splat(static_cast<float>(args.high - args.zero_point));
  const v128_t zero_point = wasm_i32x4_splat(args.zero_point);
  for (std::size_t row = 0; row < args.m; ++row) {
    const std::int32_t* acc = args.acc + row * args.ld_acc;
    std::uint8_t* codes = args.codes + row * args.ld_codes;
    const v128_t row_sum = wasm_i32x4_splat(args.weight_zero_points == nullptr ? 0 : args.row_sums[row]);
    for (std::size_t c = 0; c < args.n; c += 4) {
      const std::size_t lanes = args.n - c;
      v128_t sum = wasm_i32x4_add(LoadLanes(acc + c, lanes), LoadLanes(args.offsets + c, lanes));
      if (args.weight_zero_points != nullptr) {
        sum = wasm_i32x4_sub(sum, wasm_i32x4_mul(row_sum, LoadBytesAsI32(args.weight_zero_points + c, lanes)));
      }
      const v128_t scaled = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sum), LoadLanes(args.multipliers + c, lanes));
      // In this order of operands pmax gives `low` for a NaN, as RoundClamp does.
      const v128_t clamped = wasm_f32x4_pmin(wasm_f32x4_pmax(low, scaled), high);
      StoreCodes(codes + c, wasm_i32x4_add(RoundHalfEven(clamped), zero_point), lanes);
    }
  }
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
