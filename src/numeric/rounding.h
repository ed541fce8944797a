#pragma once

#include <cmath>
#include <cstdint>

namespace alice {

/// The only place where a float becomes an integer.
///
/// Rounds half to even, as ONNX QuantizeLinear does (operator set 10 and later). Needs the default rounding
/// mode, which WebAssembly always has; `rintf` is one instruction there (`f32.nearest`) and on x86
/// (`roundss`). The vector twin for kernels is RoundHalfEven in kernels/simd128.h.
inline float RoundHalfEven(float x) { return std::rint(x); }
inline double RoundHalfEven(double x) { return std::rint(x); }

/// rne(x) clamped to [lo, hi]; a NaN gives lo. Clamping comes first, so that no value is out of int32's
/// range. Requires |lo|, |hi| ≤ 2^24.
inline std::int32_t RoundClamp(float x, std::int32_t lo, std::int32_t hi) {
  const auto low = static_cast<float>(lo);
  const auto high = static_cast<float>(hi);
  if (!(x > low)) return lo;
  if (x > high) return hi;
  return static_cast<std::int32_t>(RoundHalfEven(x));
}

}  // namespace alice
