#include "kernels/arg_max_f32/arg_max_f32.h"

#if ALICE_HAS_SIMD128
#include <limits>

#include "kernels/simd128.h"

namespace alice {
namespace {

constexpr float kLeast = -std::numeric_limits<float>::infinity();

/// The largest of 16 · blocks values; −∞ where none is above that.
float LargestOf(const float* x, std::size_t blocks) {
  v128_t most[4] = {wasm_f32x4_splat(kLeast), wasm_f32x4_splat(kLeast), wasm_f32x4_splat(kLeast),
                    wasm_f32x4_splat(kLeast)};
  for (std::size_t block = 0; block < blocks; ++block) {
    // a < b ? b : a: what is NaN in b does not count.
    for (std::size_t v = 0; v < 4; ++v) most[v] = wasm_f32x4_pmax(most[v], wasm_v128_load(x + block * 16 + v * 4));
  }
  float lanes[4];
  wasm_v128_store(lanes, wasm_f32x4_pmax(wasm_f32x4_pmax(most[0], most[1]), wasm_f32x4_pmax(most[2], most[3])));
  return lanes[ArgMaxF32_Reference(lanes, 4)];
}

}  // namespace

std::size_t ArgMaxF32_x16_Simd128(const float* x, std::size_t n) {
  const std::size_t blocks = n / 16;
  if (blocks == 0) return ArgMaxF32_Reference(x, n);
  const float largest = LargestOf(x, blocks);
  const std::size_t rest = blocks * 16;
  if (rest < n) {
    const std::size_t last = rest + ArgMaxF32_Reference(x + rest, n - rest);
    if (x[last] > largest) return last;
  }
  if (largest == kLeast) return 0;
  const v128_t wanted = wasm_f32x4_splat(largest);
  std::size_t i = 0;
  while (!wasm_v128_any_true(wasm_f32x4_eq(wasm_v128_load(x + i), wanted))) i += 4;
  while (x[i] != largest) ++i;
  return i;
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
