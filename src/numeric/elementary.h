#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace alice {

// exp, log, erf and their kin in float arithmetic alone, so that a float and each lane of a vector come out with the same bits:
// V is `float`, or a vector of floats with the same operations (kernels/f32x4.h). With u = 2^-24.

inline float Clamped(float x, float low, float high) { return std::min(std::max(x, low), high); }
inline float Absolute(float x) { return std::fabs(x); }
inline float Negated(float x) { return -x; }
inline float SquareRoot(float x) { return std::sqrt(x); }
inline float RoundedDown(float x) { return std::floor(x); }
inline float RoundedUp(float x) { return std::ceil(x); }
inline float WithSignOf(float magnitude, float sign) { return std::copysign(magnitude, sign); }
/// x < limit ? below : other
inline float WhereBelow(float x, float limit, float below, float other) { return x < limit ? below : other; }

/// `x` where it is NaN, `other` elsewhere.
inline float NaNOr(float x, float other) { return std::isnan(x) ? x : other; }

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

/// x = significand · 2^exponent with a significand in [√½, √2), for a normal x > 0.
template <typename V>
struct Split {
  V significand, exponent;
};
inline constexpr std::int32_t kSqrtHalfBits = 0x3f3504f3;
inline Split<float> SplitByPowerOf2(float x) {
  const std::uint32_t above = std::bit_cast<std::uint32_t>(x) - static_cast<std::uint32_t>(kSqrtHalfBits);
  return {std::bit_cast<float>((above & 0x7fffffU) + static_cast<std::uint32_t>(kSqrtHalfBits)),
          static_cast<float>(static_cast<std::int32_t>(above) >> 23)};
}

/// ln 2 in 15 bits, of which every multiple by an exponent is exact, and the rest.
inline constexpr float kLn2High = 0x1.62e4p-1f;
inline constexpr float kLn2Low = 0x1.7f7d1cp-20f;

/// e^x = 2^n · (1 + minus1) with n = shifted − kToInteger.
template <typename V>
struct PowerOfE {
  V minus1, shifted;
};

/// x = n·ln 2 + r with |r| ≤ ln 2 / 2 (1 + 2^-20); minus1 = r + r²·p(r), p minimax of degree 4. ln 2 is split (Cody and Waite,
/// Software Manual for the Elementary Functions, 1980, section 6); x is clamped to [−104, 89].
template <typename V>
PowerOfE<V> ReducedPower(V x) {
  constexpr float kLog2E = 0x1.715476p+0f;
  const V inside = Clamped(x, V(-104.0f), V(89.0f));
  const V shifted = inside * V(kLog2E) + V(kToInteger);
  const V n = shifted - V(kToInteger);
  const V r = (inside - n * V(kLn2High)) - n * V(kLn2Low);
  V p = V(0x1.6a23dp-10f);
  p = p * r + V(0x1.123a2p-7f);
  p = p * r + V(0x1.5558f2p-5f);
  p = p * r + V(0x1.555492p-3f);
  p = p * r + V(0x1.fffffcp-2f);
  return {r + r * r * p, shifted};
}

/// e^x. NaN stays NaN, e^0 is 1, and so is what is below −104 0 and above 89 infinite. Relative error below 2u, and half of
/// 2^-149 more where e^x < 2^-126.
///
/// Error of e^r where r < 0, the larger one: 0.25u of rounding r (|r| < 1/2), 0.06u of p, 0.25u of r²·p (three roundings of at
/// most 0.054 / 0.707 and Horner's last), 0.36u of adding r, 0.71u of adding 1.
template <typename V>
V Exp(V x) {
  const PowerOfE<V> power = ReducedPower(x);
  return ScaledByPowerOf2(V(1.0f) + power.minus1, power.shifted);
}

/// e^x − 1 for x ≤ 88. Relative error below 4u: with n = 0, 1u of the last sum and 0.6u of what it adds to x; with n = −1, where
/// the sum is smallest beside its parts (0.29 and more), 0.55u of half of e^r − 1 (as in Exp) and 0.5u of the sum.
template <typename V>
V ExpMinus1(V x) {
  const PowerOfE<V> power = ReducedPower(x);
  return ScaledByPowerOf2(power.minus1, power.shifted) + (ScaledByPowerOf2(V(1.0f), power.shifted) - V(1.0f));
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

/// ln x: −∞ of 0, NaN below. Relative error below 3u.
///
/// x = 2^n·(1 + f) with 1 + f in [√½, √2); ln(1 + f) = f + f²·p(f), p minimax of degree 8. With n = 0, 0.07u of p, 0.5u of f²·p
/// (three roundings of at most 0.155 of the sum), 1u of the sum. Otherwise |ln x| ≥ ln 2 / 2, to which come 0.5u of the inner sum
/// (below 1/2, so half a unit of 2^-25) and 0.3u of f²·p.
template <typename V>
V Log(V x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kSmallestNormal = std::numeric_limits<float>::min();
  const V normal = WhereBelow(x, V(kSmallestNormal), x * V(0x1p24f), x);
  const Split<V> split = SplitByPowerOf2(normal);
  const V n = split.exponent + WhereBelow(x, V(kSmallestNormal), V(-24.0f), V(0.0f));
  const V f = split.significand - V(1.0f);
  V p = V(-0x1.3830f4p-4f);
  p = p * f + V(0x1.0848b6p-3f);
  p = p * f + V(-0x1.0f3762p-3f);
  p = p * f + V(0x1.22718cp-3f);
  p = p * f + V(-0x1.54276cp-3f);
  p = p * f + V(0x1.99a3f4p-3f);
  p = p * f + V(-0x1.000426p-2f);
  p = p * f + V(0x1.55555p-2f);
  p = p * f + V(-0x1.fffff8p-2f);
  const V log = n * V(kLn2High) + (f + (f * f * p + n * V(kLn2Low)));
  const V outside = WhereBelow(x, V(0.0f), V(std::numeric_limits<float>::quiet_NaN()), V(-kInfinity));
  return WhereBelow(x, V(std::numeric_limits<float>::denorm_min()), outside, WhereBelow(x, V(kInfinity), log, x));
}

/// ln(1 + x) for x in [0, 1]. Relative error below 5u: 3u of Log, one of each of the quotient (at most half of the sum) and the
/// sum. With s = 1 + x rounded, x − (s − 1) is exact (Sterbenz), and ln(1 + x) = ln s + (x − (s − 1)) / s up to u².
template <typename V>
V LogOf1Plus(V x) {
  const V s = V(1.0f) + x;
  return Log(s) + (x - (s - V(1.0f))) / s;
}

/// (2 / √π) ∫ exp(−t²) dt from 0 to x; odd. Relative error below 3u.
///
/// With a = |x|: below 0.875, a + a·p(a²), p minimax of degree 5 (0.14u; two roundings and Horner's of at most 0.12 of the sum;
/// the sum); otherwise 1 − e^-q(a), q minimax of degree 6 for −ln erfc on [0.875, 4], beyond which the result is 1 (5u of q ≤ 1.6
/// and of exp, of at most 0.28 of the difference, less further on; and that, 0.64u).
template <typename V>
V Erf(V x) {
  const V a = Absolute(x);
  const V square = a * a;
  V p = V(-0x1.453aaep-11f);
  p = p * square + V(0x1.49c9fep-8f);
  p = p * square + V(-0x1.b6f38ap-6f);
  p = p * square + V(0x1.ce211ep-4f);
  p = p * square + V(-0x1.81270cp-2f);
  p = p * square + V(0x1.06eba6p-3f);
  const V near = a + a * p;
  const V inside = Clamped(a, V(0.0f), V(4.0f));
  V q = V(-0x1.a58510p-13f);
  q = q * inside + V(0x1.95502p-9f);
  q = q * inside + V(-0x1.6f5538p-6f);
  q = q * inside + V(0x1.ab5352p-4f);
  q = q * inside + V(0x1.46026cp-1f);
  q = q * inside + V(0x1.20c06cp+0f);
  q = q * inside + V(0x1.18206p-13f);
  const V far = V(1.0f) - Exp(V(0.0f) - q);
  return WithSignOf(WhereBelow(a, V(0.875f), near, far), x);
}

/// −1, 0 or 1; NaN stays.
template <typename V>
V SignOf(V x) {
  return WhereBelow(x, V(0.0f), V(-1.0f), WhereBelow(V(0.0f), x, V(1.0f), x));
}

/// The larger and the smaller one; NaN where one of them is NaN. Of zeros of different sign, the first.
template <typename V>
V Maximum(V a, V b) {
  return NaNOr(b, WhereBelow(a, b, b, a));
}
template <typename V>
V Minimum(V a, V b) {
  return NaNOr(b, WhereBelow(b, a, b, a));
}

}  // namespace alice
