#include "kernels/dequantize_gemm/dequantize_gemm.h"

#if ALICE_HAS_SIMD128
#include <algorithm>

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

}  // namespace

void DequantizeGemm_1x4_Simd128(const DequantizeGemmArgs& args) {
  const ClampBounds bounds = ClampBoundsOf(args.activation);
  const v128_t low = wasm_f32x4_splat(bounds.low);
  const v128_t high = wasm_f32x4_splat(bounds.high);
  for (std::size_t row = 0; row < args.m; ++row) {
    const QParams q = args.a_qparams[row / args.rows_per_group];
    const v128_t zero_point = wasm_i32x4_splat(q.zero_point);
    const v128_t scale = wasm_f32x4_splat(q.scale);
    const std::int32_t* acc = args.acc + row * args.ld_acc;
    float* y = args.y + row * args.ldy;
    for (std::size_t c = 0; c < args.n; c += 4) {
      const std::size_t lanes = args.n - c;
      const v128_t correction = wasm_i32x4_mul(zero_point, LoadLanes(args.column_sums + c, lanes));
      v128_t sum = wasm_i32x4_sub(LoadLanes(acc + c, lanes), correction);
      if (args.weight_zero_points != nullptr) {
        const v128_t row_sum = wasm_i32x4_splat(args.row_sums[row]);
        sum = wasm_i32x4_sub(sum, wasm_i32x4_mul(row_sum, LoadBytesAsI32(args.weight_zero_points + c, lanes)));
      }
      const v128_t factor = wasm_f32x4_mul(scale, LoadLanes(args.weight_scales + c, lanes));
      v128_t value = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sum), factor);
      if (args.accumulate) value = wasm_f32x4_add(value, LoadLanes(y + c, lanes));
      if (args.bias != nullptr) value = wasm_f32x4_add(value, LoadLanes(args.bias + c, lanes));
      StoreLanes(y + c, Clamp(value, low, high), lanes);
    }
    if (!bounds.complete) ActivationF32_x4_Simd128(args.activation, y, args.n, y);
  }
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
