#include "kernels/dequantize_gemm/dequantize_gemm.h"

#if ALICE_HAS_SIMD128
#include "kernels/activation_f32/activation_f32.h"
#include "kernels/activation_f32/clamp_bounds.h"
#include "kernels/simd128.h"

namespace alice {

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
      const v128_t sum = wasm_i32x4_sub(LoadLanes(acc + c, lanes), correction);
      const v128_t factor = wasm_f32x4_mul(scale, LoadLanes(args.weight_scales + c, lanes));
      v128_t value = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sum), factor);
      if (args.bias != nullptr) value = wasm_f32x4_add(value, LoadLanes(args.bias + c, lanes));
      StoreLanes(y + c, Clamp(value, low, high), lanes);
    }
    if (!bounds.complete) ActivationF32_x4_Simd128(args.activation, y, args.n, y);
  }
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
