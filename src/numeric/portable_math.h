#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace alice {

// Elementary functions of doubles out of +, −, ×, ÷, √ and floor alone, which IEEE 754 rounds the same everywhere:
// features, generated trajectories and what calibration finds are bit-identical natively, in WebAssembly and in plain
// JavaScript, whatever the C library; and no tables have to be fetched with the module. Each is a series cut where its first
// missing term is below 1e-15 of the result.

namespace portable_math_internal {

/// (−1)^k / (2k + 1)!, highest first.
inline constexpr auto kSine = [] {
  std::array<double, 11> c{};
  double factorial = 1;
  for (std::size_t k = 0; k < c.size(); ++k) {
    if (k > 0) factorial *= static_cast<double>(2 * k * (2 * k + 1));
    c[c.size() - 1 - k] = (k % 2 == 0 ? 1 : -1) / factorial;
  }
  return c;
}();

/// 1 / (2k + 1), highest first.
inline constexpr auto kOddReciprocals = [] {
  std::array<double, 11> c{};
  for (std::size_t k = 0; k < c.size(); ++k) c[c.size() - 1 - k] = 1.0 / static_cast<double>(2 * k + 1);
  return c;
}();

/// 1 / k!, highest first.
inline constexpr auto kExponential = [] {
  std::array<double, 15> c{};
  double factorial = 1;
  for (std::size_t k = 0; k < c.size(); ++k) {
    if (k > 0) factorial *= static_cast<double>(k);
    c[c.size() - 1 - k] = 1.0 / factorial;
  }
  return c;
}();

/// Σ c_k·x^k by Horner's rule; coefficients highest first.
template <std::size_t kCount>
double Polynomial(const std::array<double, kCount>& coefficients, double x) {
  double sum = 0;
  for (const double c : coefficients) sum = sum * x + c;
  return sum;
}

}  // namespace portable_math_internal

/// sin(2π·turns). Requires |turns| < 2^50.
inline double SinTurns(double turns) {
  double r = turns - std::floor(turns + 0.5);  // one turn: [−½, ½)
  if (r > 0.25) r = 0.5 - r;                   // sin(π − x) = sin x: [−¼, ¼]
  if (r < -0.25) r = -0.5 - r;
  const double x = 6.283185307179586 * r;
  return x * portable_math_internal::Polynomial(portable_math_internal::kSine, x * x);
}

/// cos(2π·turns). Requires |turns| < 2^50.
inline double CosTurns(double turns) { return SinTurns(turns + 0.25); }

/// The angle of the vector (x, y) with y ≥ 0, in [0, π] rad; 0 for the zero vector.
inline double HalfPlaneAngle(double x, double y) {
  const double ax = std::fabs(x);
  if (ax == 0 && y == 0) return 0;
  // atan(z) = 2·atan(z / (1 + √(1 + z²))), twice: z falls below tan(π/16) ≈ 0.199.
  double z = y < ax ? y / ax : ax / y;
  z = z / (1.0 + std::sqrt(1.0 + z * z));
  z = z / (1.0 + std::sqrt(1.0 + z * z));
  // atan z = artanh(i·z) / i: the series of artanh at −z².
  const double atan = 4.0 * z * portable_math_internal::Polynomial(portable_math_internal::kOddReciprocals, -z * z);
  const double acute = y < ax ? atan : 1.5707963267948966 - atan;
  return x < 0 ? 3.141592653589793 - acute : acute;
}

/// log2(x). Requires x positive, normal and finite.
inline double Log2(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<int>(bits >> 52) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);  // [1, 2)
  if (mantissa > 1.4142135623730951) {
    mantissa /= 2;
    ++exponent;
  }
  // ln m = 2·artanh((m − 1) / (m + 1)), of an argument below 0.172.
  const double s = (mantissa - 1) / (mantissa + 1);
  const double series = portable_math_internal::Polynomial(portable_math_internal::kOddReciprocals, s * s);
  return exponent + 2.8853900817779268 * s * series;  // 2 / ln 2
}

/// ln x. Requires x positive, normal and finite.
inline double Log(double x) { return Log2(x) * 0.6931471805599453; }

/// log10 x. Requires x positive, normal and finite.
inline double Log10(double x) { return Log2(x) * 0.30102999566398120; }

namespace portable_math_internal {

/// e^r · 2^power, for r around 0; 0 where that is below the normal doubles, infinity where it is above; NaN for NaN.
inline double ScaledExp(double r, double power) {
  if (power < -1022) return 0;
  if (!(power <= 1023)) return power + std::numeric_limits<double>::infinity();
  const auto exponent = static_cast<std::uint64_t>(static_cast<std::int64_t>(power) + 1023);
  return Polynomial(kExponential, r) * std::bit_cast<double>(exponent << 52);
}

}  // namespace portable_math_internal

/// e^x of a number; what is below the normal doubles is 0.
inline double Exp(double x) {
  // A fraction of ln 2 whose product with any exponent is exact, and the rest of it.
  constexpr double kHighOfLn2 = 0x1.62e42feep-1, kLowOfLn2 = 0x1.a39ef35793c76p-33;
  const double power = std::floor(x * 1.4426950408889634 + 0.5);
  return portable_math_internal::ScaledExp((x - power * kHighOfLn2) - power * kLowOfLn2, power);
}

/// 2^x likewise.
inline double Exp2(double x) {
  const double power = std::floor(x + 0.5);
  return portable_math_internal::ScaledExp((x - power) * 0.6931471805599453, power);
}

/// 1 − erf x of an x ≥ 0, to 1.2e-7 of it (Press et al., Numerical Recipes, section 6.2: a Chebyshev fit).
inline double Erfc(double x) {
  constexpr std::array<double, 10> kFit{0.17087277,  -0.82215223, 1.48851587, -1.13520398, 0.27886807,
                                        -0.18628806, 0.09678418,  0.37409196, 1.00002368,  -1.26551223};
  const double t = 1 / (1 + 0.5 * x);
  return t * Exp(-x * x + portable_math_internal::Polynomial(kFit, t));
}

}  // namespace alice
