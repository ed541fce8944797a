#include "kernels/softmax_f32/softmax_f32.h"

#if ALICE_HAS_SIMD128
#include <algorithm>

#include "kernels/f32x4.h"

namespace alice {
namespace {

float MaxOfLanes(v128_t max) {
  max = wasm_f32x4_pmax(max, wasm_i32x4_shuffle(max, max, 2, 3, 0, 1));
  max = wasm_f32x4_pmax(max, wasm_i32x4_shuffle(max, max, 1, 0, 3, 2));
  return wasm_f32x4_extract_lane(max, 0);
}

F32x4 SumOfLanes(F32x4 sums) {
  sums = sums + F32x4(wasm_i32x4_shuffle(sums.lanes, sums.lanes, 2, 3, 0, 1));
  return F32x4(wasm_f32x4_extract_lane(sums.lanes, 0) + wasm_f32x4_extract_lane(sums.lanes, 1));
}

/// Of n ≥ 4 values. Where one of them is NaN, any of them: all of the softmax is NaN then.
float MaxOf(const float* x, std::size_t n) {
  v128_t max = wasm_v128_load(x + n - 4);
  for (std::size_t i = 0; i + 4 < n; i += 4) max = wasm_f32x4_pmax(max, wasm_v128_load(x + i));
  return MaxOfLanes(max);
}

/// All ones in the first `count` lanes.
v128_t FirstLanes(std::size_t count) {
  return wasm_i32x4_gt(wasm_i32x4_splat(static_cast<int>(count)), wasm_i32x4_const(0, 1, 2, 3));
}

/// SoftmaxOfRow for n in [1, 8], all of it in registers.
void SoftmaxOfShortRow(const float* x, std::size_t n, float* y) {
  const std::size_t start = std::min<std::size_t>(n, 4);
  const std::size_t rest = n - start;
  const v128_t is_in_first = FirstLanes(start);
  const v128_t is_in_second = FirstLanes(rest);
  // Lanes that are not there repeat others.
  const v128_t first = wasm_v128_bitselect(LoadLanes(x, start), wasm_v128_load32_splat(x), is_in_first);
  const v128_t second = rest > 0 ? wasm_v128_bitselect(LoadLanes(x + 4, rest), first, is_in_second) : first;
  const F32x4 max(MaxOfLanes(wasm_f32x4_pmax(first, second)));
  const F32x4 low = Exp(F32x4(first) - max);
  const F32x4 high = Exp(F32x4(second) - max);
  const F32x4 sum =
      SumOfLanes(F32x4(wasm_v128_and(low.lanes, is_in_first)) + F32x4(wasm_v128_and(high.lanes, is_in_second)));
  StoreLanes(y, (low / sum).lanes, start);
  if (rest > 0) StoreLanes(y + 4, (high / sum).lanes, rest);
}

void SoftmaxOfRow(const float* x, std::size_t n, float* y) {
  if (n <= 8) return SoftmaxOfShortRow(x, n, y);
  const F32x4 max(MaxOf(x, n));
  const std::size_t whole = n / 4 * 4;
  const std::size_t rest = n - whole;
  F32x4 sums(0.0f);
  for (std::size_t i = 0; i < whole; i += 4) {
    const F32x4 power = Exp(F32x4(wasm_v128_load(x + i)) - max);
    wasm_v128_store(y + i, power.lanes);
    sums = sums + power;
  }
  if (rest > 0) {
    const F32x4 power = Exp(F32x4(LoadLanes(x + whole, rest)) - max);
    StoreLanes(y + whole, power.lanes, rest);
    sums = sums + F32x4(wasm_v128_and(power.lanes, FirstLanes(rest)));
  }
  const F32x4 sum = SumOfLanes(sums);
  for (std::size_t i = 0; i < whole; i += 4) wasm_v128_store(y + i, (F32x4(wasm_v128_load(y + i)) / sum).lanes);
  if (rest > 0) StoreLanes(y + whole, (F32x4(LoadLanes(y + whole, rest)) / sum).lanes, rest);
}

}  // namespace

void SoftmaxF32_x4_Simd128(std::size_t outer, std::size_t axis_size, std::size_t inner, const float* x, float* y) {
  if (inner != 1) return SoftmaxF32_Reference(outer, axis_size, inner, x, y);
  for (std::size_t row = 0; row < outer; ++row) SoftmaxOfRow(x + row * axis_size, axis_size, y + row * axis_size);
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
