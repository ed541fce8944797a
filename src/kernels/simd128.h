#pragma once

// The one include of WebAssembly's SIMD128 intrinsics: the compiler's own for wasm, simde's on the host.
#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#else
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/wasm/simd128.h>
#endif

#include <cstddef>

namespace alice {

/// Each lane rounded half to even, as i32x4: the vector twin of RoundHalfEven in numeric/rounding.h.
/// Requires |x| ≤ 2^22: adding 1.5 · 2^23 leaves the integer in the low bits of the mantissa, rounded by the
/// addition.
inline v128_t RoundHalfEven(v128_t x) {
  const v128_t magic = wasm_f32x4_splat(12582912.0f);
  return wasm_i32x4_sub(wasm_f32x4_add(x, magic), magic);
}

/// std::min(std::max(x, low), high), lane by lane and bit for bit; a NaN stays.
inline v128_t Clamp(v128_t x, v128_t low, v128_t high) { return wasm_f32x4_pmin(wasm_f32x4_pmax(x, low), high); }

/// The first `lanes` (1 or more; 4 at most count) 32-bit values at `source`, the other lanes 0. Reads no further.
inline v128_t LoadLanes(const void* source, std::size_t lanes) {
  if (lanes >= 4) [[likely]]
    return wasm_v128_load(source);
  if (lanes == 1) return wasm_v128_load32_zero(source);
  const v128_t two = wasm_v128_load64_zero(source);
  return lanes == 2 ? two : wasm_v128_load32_lane(static_cast<const unsigned char*>(source) + 8, two, 2);
}

/// Writes the first `lanes` (1 or more; 4 at most count) lanes of `value`, and nothing behind them.
inline void StoreLanes(void* target, v128_t value, std::size_t lanes) {
  if (lanes >= 4) [[likely]] {
    wasm_v128_store(target, value);
  } else if (lanes == 1) {
    wasm_v128_store32_lane(target, value, 0);
  } else {
    wasm_v128_store64_lane(target, value, 0);
    if (lanes == 3) wasm_v128_store32_lane(static_cast<unsigned char*>(target) + 8, value, 2);
  }
}

}  // namespace alice
