#include "kernels/histogram_f32/histogram_f32.h"

#if ALICE_HAS_SIMD128
#include <limits>

#include "kernels/simd128.h"

namespace alice {

void HistogramF32_x4_Simd128(const float* x, std::size_t n, double bins_per_unit, int bins, std::uint64_t* counts) {
  // Bins of values far below the smallest normal float: their scale is no float.
  if (bins_per_unit > static_cast<double>(std::numeric_limits<float>::max())) {
    return HistogramF32_Reference(x, n, bins_per_unit, bins, counts);
  }
  // A product with a power of two is exact, but where it is subnormal; and then it is in bin 0 all the same.
  const v128_t scale = wasm_f32x4_splat(static_cast<float>(bins_per_unit));
  const v128_t none = wasm_f32x4_splat(0.0f);
  const v128_t middle = wasm_i32x4_splat(bins);
  const v128_t zeros = wasm_i32x4_add(wasm_i32x4_splat(2 * bins), wasm_i32x4_make(0, 1, 2, 3));
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const v128_t values = wasm_v128_load(x + i);
    const v128_t distance = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_mul(wasm_f32x4_abs(values), scale));
    // −1 − b is ~b.
    const v128_t bin = wasm_i32x4_add(middle, wasm_v128_xor(distance, wasm_i32x4_shr(values, 31)));
    const v128_t at = wasm_v128_bitselect(zeros, bin, wasm_f32x4_eq(values, none));
    ++counts[wasm_i32x4_extract_lane(at, 0)];
    ++counts[wasm_i32x4_extract_lane(at, 1)];
    ++counts[wasm_i32x4_extract_lane(at, 2)];
    ++counts[wasm_i32x4_extract_lane(at, 3)];
  }
  HistogramF32_Reference(x + i, n - i, bins_per_unit, bins, counts);
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
