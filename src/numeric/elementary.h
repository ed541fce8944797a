#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace alice {

// exp, sigmoid and tanh in float arithmetic alone, so that a float and each lane of a vector come out with the same bits: V is
// `float`, or a vector of floats with the same operations (kernels/f32x4.h). With u = 2^-24.

inline float Clamped(float x, float low, float high) { return std::min(std::max(x, low), high); }
inline float Absolute(float x) { return std::fabs(x); }
inline float WithSignOf(float magnitude, float sign) { return std::copysign(magnitude, sign); }
/// x < limit ? below : other
inline float WhereBelow(float x, float limit, float below, float other) { return x < limit ? below : other; }

/// 1.5 · 2^23: added to |x| ≤ 2^22, it leaves x rounded half to even in the low bits of the sum.
inline constexpr float kToInteger = 12582912.0f;
inline constexpr std::int32_t kToIntegerBits = 0x4b400000;

/// y · 2^n where `shifted` is kToInteger + n, |n| ≤ 252. In two steps: 2^n may not be a float.
inline float ScaledByPowerOf2(float y, float shifted) {
  const auto power = [](std::int32_t n) { return std::bit_cast<float>(static_cast<std::uint32_t>(n + 127) << 23); };
  const std::int32_t n = std::bit_cast<std::int32_t>(shifted) - kToIntegerBits;
  const std::int32_t half = n >> 1;
  return y * power(half) * power(n - half);
}

/// e^x. NaN stays NaN, e^0 is 1, and so is what is below −104 0 and above 89 infinite. Relative error below 2u, and half of
/// 2^-149 more where e^x < 2^-126.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2 (1 + 2^-20); e^r = 1 + r + r²·p(r), p minimax of degree 4; e^x = 2^n · e^r. ln 2 is
/// split (Cody and Waite, Software Manual for the Elementary Functions, 1980, section 6) into 15 bits, of which every multiple
/// and its difference to x are exact, and the rest. Error of e^r where r < 0, the larger one: 0.25u of rounding r (|r| < 1/2),
/// 0.06u of p, 0.25u of r²·p (three roundings of at most 0.054 / 0.707 and Horner's last), 0.36u of adding r, 0.71u of
/// adding 1.
template <typename V>
V Exp(V x) {
  constexpr float kLog2E = 0x1.715476p+0f;
  constexpr float kLn2High = 0x1.62e4p-1f;
  constexpr float kLn2Low = 0x1.7f7d1cp-20f;
  const V inside = Clamped(x, V(-104.0f), V(89.0f));
  const V shifted = inside * V(kLog2E) + V(kToInteger);
  const V n = shifted - V(kToInteger);
  const V r = (inside - n * V(kLn2High)) - n * V(kLn2Low);
  V p = V(0x1.6a23dp-10f);
  p = p * r + V(0x1.123a2p-7f);
  p = p * r + V(0x1.5558f2p-5f);
  p = p * r + V(0x1.555492p-3f);
  p = p * r + V(0x1.fffffcp-2f);
  return ScaledByPowerOf2(V(1.0f) + (r + r * r * p), shifted);
}

/// 1 / (1 + e^-x). Relative error below 4u (2u of e^-x, a sum and a quotient) where x ≥ −88; below, where it is less than
/// 2^-126, it may be 0.
template <typename V>
V Sigmoid(V x) {
  return V(1.0f) / (V(1.0f) + Exp(V(0.0f) - x));
}

/// tanh x, the sign of zero kept. Relative error below 4u.
///
/// With a = |x|: below 0.625, a + a³·p(a²), p minimax of degree 4 (0.15u; one rounding, and some of a³·p, which is at most
/// an eighth of the sum); otherwise 1 − 2t / (1 + t) with t = e^-2a ≤ 0.29 (2u/(1 + t) of t, a sum and a quotient, of at most
/// 0.81 of the difference; and that, 0.91u).
template <typename V>
V Tanh(V x) {
  const V a = Absolute(x);
  const V square = a * a;
  V p = V(-0x1.75e1cep-8f);
  p = p * square + V(0x1.52269cp-6f);
  p = p * square + V(-0x1.b83c5ap-5f);
  p = p * square + V(0x1.110726p-3f);
  p = p * square + V(-0x1.555532p-2f);
  const V near = a + a * square * p;
  const V t = Exp(V(-2.0f) * a);
  const V far = V(1.0f) - (t + t) / (V(1.0f) + t);
  return WithSignOf(WhereBelow(a, V(0.625f), near, far), x);
}

}  // namespace alice
