#include "numeric/fp8.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "numeric/rounding.h"

namespace alice {
namespace {

constexpr std::uint32_t kSign = 0x80;
constexpr std::uint32_t kNan = 0x7F;

struct Layout {
  int mantissa_bits;
  int min_exponent;  ///< of the smallest normal value, 1 − bias; subnormals share it
  std::uint32_t largest;
  std::uint32_t infinity;  ///< every magnitude above it is NaN; equal to `largest` where there is none
};

constexpr Layout LayoutOf(Fp8Format format) {
  return format == Fp8Format::e4m3fn ? Layout{3, -6, 0x7E, 0x7E} : Layout{2, -14, 0x7B, 0x7C};
}

/// 2^exponent; requires −126 ≤ exponent ≤ 127.
float PowerOfTwo(int exponent) { return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23); }

}  // namespace

std::uint8_t EncodeFp8(float x, Fp8Format format) {
  const Layout layout = LayoutOf(format);
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = bits >> 24 & kSign;
  const float magnitude = std::bit_cast<float>(bits & 0x7FFFFFFF);
  if (magnitude != magnitude) return static_cast<std::uint8_t>(sign | kNan);
  if (magnitude >= Fp8Max(format)) return static_cast<std::uint8_t>(sign | layout.largest);
  // In steps of the binade's spacing, 2^(exponent − m), the magnitude is exact and below 2^(m+1). A normal one's
  // leading 1 adds 1 to the exponent field below it, as does the carry of a rounding up to the next binade.
  const int exponent = std::max(static_cast<int>(bits >> 23 & 0xFF) - 127, layout.min_exponent);
  const float steps = RoundHalfEven(magnitude * PowerOfTwo(layout.mantissa_bits - exponent));
  const auto field = static_cast<std::uint32_t>(exponent - layout.min_exponent);
  return static_cast<std::uint8_t>(sign | ((field << layout.mantissa_bits) + static_cast<std::uint32_t>(steps)));
}

float DecodeFp8(std::uint8_t code, Fp8Format format) {
  const Layout layout = LayoutOf(format);
  const std::uint32_t magnitude = code & ~kSign;
  const float sign = (code & kSign) != 0 ? -1.0f : 1.0f;
  if (magnitude > layout.infinity) return std::copysign(std::numeric_limits<float>::quiet_NaN(), sign);
  if (magnitude > layout.largest) return sign * std::numeric_limits<float>::infinity();
  const std::uint32_t one = 1U << layout.mantissa_bits;
  const std::uint32_t field = magnitude >> layout.mantissa_bits;
  const std::uint32_t mantissa = magnitude & (one - 1);
  const std::uint32_t steps = field == 0 ? mantissa : one + mantissa;
  const int exponent = layout.min_exponent + static_cast<int>(std::max(field, 1U)) - 1;
  return sign * static_cast<float>(steps) * PowerOfTwo(exponent - layout.mantissa_bits);
}

}  // namespace alice
