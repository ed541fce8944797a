#include "kernels/activation_f32/activation_f32.h"

#if ALICE_HAS_SIMD128
#include "kernels/activation_f32/clamp_bounds.h"
#include "kernels/f32x4.h"

namespace alice {
namespace {

template <typename Function>
void Map(const float* x, std::size_t n, float* y, const Function& function) {
  for (std::size_t i = 0; i < n; i += 4) {
    const std::size_t lanes = n - i;
    StoreLanes(y + i, function(LoadLanes(x + i, lanes)), lanes);
  }
}

}  // namespace

void ActivationF32_x4_Simd128(const Activation& activation, const float* x, std::size_t n, float* y) {
  if (const ClampBounds bounds = ClampBoundsOf(activation); bounds.complete) {
    const v128_t low = wasm_f32x4_splat(bounds.low);
    const v128_t high = wasm_f32x4_splat(bounds.high);
    Map(x, n, y, [=](v128_t value) { return Clamp(value, low, high); });
  } else if (activation.kind == ActivationKind::leaky_relu) {
    const v128_t alpha = wasm_f32x4_splat(activation.alpha);
    const v128_t zero = wasm_f32x4_splat(0.0f);
    Map(x, n, y, [=](v128_t value) {
      return wasm_v128_bitselect(wasm_f32x4_mul(alpha, value), value, wasm_f32x4_lt(value, zero));
    });
  } else if (activation.kind == ActivationKind::sigmoid) {
    Map(x, n, y, [](v128_t value) { return Sigmoid(F32x4(value)).lanes; });
  } else {
    Map(x, n, y, [](v128_t value) { return Tanh(F32x4(value)).lanes; });
  }
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
