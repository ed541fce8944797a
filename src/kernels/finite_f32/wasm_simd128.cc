#include "kernels/finite_f32/finite_f32.h"

#if ALICE_HAS_SIMD128
#include "kernels/simd128.h"

namespace alice {

bool AllFiniteF32_x16_Simd128(const float* x, std::size_t n) {
  // x − x is +0, but a NaN for what is not finite.
  const auto difference = [](const float* from) {
    const v128_t values = wasm_v128_load(from);
    return wasm_f32x4_sub(values, values);
  };
  v128_t seen[2] = {wasm_i32x4_splat(0), wasm_i32x4_splat(0)};
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    seen[0] = wasm_v128_or(seen[0], wasm_v128_or(difference(x + i), difference(x + i + 4)));
    seen[1] = wasm_v128_or(seen[1], wasm_v128_or(difference(x + i + 8), difference(x + i + 12)));
  }
  return !wasm_v128_any_true(wasm_v128_or(seen[0], seen[1])) && AllFiniteF32_Reference(x + i, n - i);
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
