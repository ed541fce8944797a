#include "numeric/fp8.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <vector>

namespace alice {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr Fp8Format kFormats[] = {Fp8Format::e4m3fn, Fp8Format::e5m2};

/// The value of a code, bit by bit as the tables of the ONNX documentation ("Float stored in 8 bits") have it;
/// nothing for a NaN.
std::optional<double> E4m3Value(unsigned code) {
  const double sign = (code & 0x80) != 0 ? -1.0 : 1.0;
  const unsigned exponent = code >> 3 & 0xF;
  const double fraction = ((code >> 2 & 1) * 4 + (code >> 1 & 1) * 2 + (code & 1)) / 8.0;
  if (exponent == 15 && (code & 7) == 7) return std::nullopt;
  return exponent == 0 ? sign * std::ldexp(fraction, -6)
                       : sign * std::ldexp(1.0 + fraction, static_cast<int>(exponent) - 7);
}
std::optional<double> E5m2Value(unsigned code) {
  const double sign = (code & 0x80) != 0 ? -1.0 : 1.0;
  const unsigned exponent = code >> 2 & 0x1F;
  const double fraction = ((code >> 1 & 1) * 2 + (code & 1)) / 4.0;
  if (exponent == 31) return (code & 3) == 0 ? std::optional(sign * HUGE_VAL) : std::nullopt;
  return exponent == 0 ? sign * std::ldexp(fraction, -14)
                       : sign * std::ldexp(1.0 + fraction, static_cast<int>(exponent) - 15);
}
std::optional<double> Value(unsigned code, Fp8Format format) {
  return format == Fp8Format::e4m3fn ? E4m3Value(code) : E5m2Value(code);
}

/// The finite codes of positive sign with their values, found by looking at all.
struct Codes {
  std::vector<unsigned> codes;
  std::vector<double> values;

  explicit Codes(Fp8Format format) {
    for (unsigned code = 0; code < 128; ++code) {
      const auto value = Value(code, format);
      if (!value || !std::isfinite(*value)) continue;
      codes.push_back(code);
      values.push_back(*value);
    }
  }

  /// The nearest code to x by comparing its distance with that of every code; of two the even one. Distances in
  /// double are exact where x lies between two codes and at least 2^-60, so ties are seen as such.
  [[nodiscard]] unsigned Nearest(float x) const {
    const unsigned sign = std::signbit(x) ? 0x80 : 0;
    if (std::isnan(x)) return sign | 0x7F;
    const double magnitude = std::abs(static_cast<double>(x));
    if (magnitude >= values.back()) return sign | codes.back();
    unsigned best = 0;
    double best_distance = HUGE_VAL;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const double distance = std::abs(values[i] - magnitude);
      if (distance > best_distance || (distance == best_distance && codes[i] % 2 != 0)) continue;
      best_distance = distance;
      best = codes[i];
    }
    return sign | best;
  }
};

void CheckEncode(const Codes& codes, float x, Fp8Format format) {
  for (const float signed_x : {x, -x}) {
    const unsigned code = EncodeFp8(signed_x, format);
    const unsigned expected = codes.Nearest(signed_x);
    if (code == expected) continue;
    INFO("format " << static_cast<int>(format) << ", bits " << std::hex << std::bit_cast<std::uint32_t>(signed_x));
    REQUIRE(code == expected);
  }
}

}  // namespace

TEST_CASE("every FP8 code decodes to its formula's value", "[numeric]") {
  for (const Fp8Format format : kFormats) {
    for (unsigned code = 0; code < 256; ++code) {
      CAPTURE(static_cast<int>(format), code);
      const float decoded = DecodeFp8(static_cast<std::uint8_t>(code), format);
      const auto value = Value(code, format);
      CHECK(std::signbit(decoded) == (code >= 128));
      if (value) {
        CHECK(static_cast<double>(decoded) == *value);
      } else {
        CHECK(std::isnan(decoded));
      }
    }
  }
}

TEST_CASE("FP8 landmarks", "[numeric]") {
  CHECK(DecodeFp8(0x7E, Fp8Format::e4m3fn) == 448.0f);
  CHECK(DecodeFp8(0x08, Fp8Format::e4m3fn) == 0x1p-6f);
  CHECK(DecodeFp8(0x01, Fp8Format::e4m3fn) == 0x1p-9f);
  CHECK(std::isnan(DecodeFp8(0x7F, Fp8Format::e4m3fn)));
  CHECK(DecodeFp8(0x7B, Fp8Format::e5m2) == 57344.0f);
  CHECK(DecodeFp8(0x04, Fp8Format::e5m2) == 0x1p-14f);
  CHECK(DecodeFp8(0x01, Fp8Format::e5m2) == 0x1p-16f);
  CHECK(DecodeFp8(0x7C, Fp8Format::e5m2) == kInfinity);
  CHECK(DecodeFp8(0xFC, Fp8Format::e5m2) == -kInfinity);
  CHECK(Fp8Max(Fp8Format::e4m3fn) == 448.0f);
  CHECK(Fp8Max(Fp8Format::e5m2) == 57344.0f);
}

TEST_CASE("every FP8 code but the infinities and the NaNs comes back", "[numeric]") {
  for (const Fp8Format format : kFormats) {
    const std::uint8_t largest = format == Fp8Format::e4m3fn ? 0x7E : 0x7B;
    for (unsigned code = 0; code < 256; ++code) {
      CAPTURE(static_cast<int>(format), code);
      const auto value = Value(code, format);
      const unsigned sign = code & 0x80;
      const unsigned expected = !value ? sign | 0x7F : std::isfinite(*value) ? code : sign | largest;
      CHECK(EncodeFp8(DecodeFp8(static_cast<std::uint8_t>(code), format), format) == expected);
    }
  }
}

TEST_CASE("FP8 encoding by hand: ties to even, saturation, zeros, infinities, NaN", "[numeric]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Fp8Format e4m3 = Fp8Format::e4m3fn;
  CHECK(EncodeFp8(1.0625f, e4m3) == 0x38);   // half way from 1 to 1.125: to 1
  CHECK(EncodeFp8(1.1875f, e4m3) == 0x3A);   // half way from 1.125 to 1.25: to 1.25
  CHECK(EncodeFp8(1.9375f, e4m3) == 0x40);   // half way from 1.875 to 2: to 2
  CHECK(EncodeFp8(0x1p-10f, e4m3) == 0x00);  // half of the smallest: to 0
  CHECK(EncodeFp8(-0x1p-10f, e4m3) == 0x80);
  CHECK(EncodeFp8(0x1.8p-9f, e4m3) == 0x02);
  CHECK(EncodeFp8(0x1.ep-7f, e4m3) == 0x08);  // half way from the largest subnormal to the smallest normal
  CHECK(EncodeFp8(464.0f, e4m3) == 0x7E);
  CHECK(EncodeFp8(1e30f, e4m3) == 0x7E);
  CHECK(EncodeFp8(-kInfinity, e4m3) == 0xFE);
  CHECK(EncodeFp8(0.0f, e4m3) == 0x00);
  CHECK(EncodeFp8(-0.0f, e4m3) == 0x80);
  CHECK(EncodeFp8(nan, e4m3) == 0x7F);
  CHECK(EncodeFp8(std::copysign(nan, -1.0f), e4m3) == 0xFF);
  const Fp8Format e5m2 = Fp8Format::e5m2;
  CHECK(EncodeFp8(1.125f, e5m2) == 0x3C);
  CHECK(EncodeFp8(1.375f, e5m2) == 0x3E);
  CHECK(EncodeFp8(0x1p-17f, e5m2) == 0x00);
  CHECK(EncodeFp8(61440.0f, e5m2) == 0x7B);
  CHECK(EncodeFp8(kInfinity, e5m2) == 0x7B);
  CHECK(EncodeFp8(-1e30f, e5m2) == 0xFB);
  CHECK(EncodeFp8(nan, e5m2) == 0x7F);
}

TEST_CASE("FP8 encoding takes the nearest code: values, midpoints, and what is one float away", "[numeric]") {
  for (const Fp8Format format : kFormats) {
    const Codes codes(format);
    REQUIRE(codes.codes.size() == (format == Fp8Format::e4m3fn ? 127 : 124));
    std::vector<double> points = codes.values;
    for (std::size_t i = 0; i + 1 < codes.values.size(); ++i) {
      points.push_back((codes.values[i] + codes.values[i + 1]) / 2.0);
    }
    const std::size_t n = codes.values.size();
    points.push_back(codes.values[n - 1] + (codes.values[n - 1] - codes.values[n - 2]) / 2.0);
    for (const double point : points) {
      const auto x = static_cast<float>(point);
      REQUIRE(static_cast<double>(x) == point);
      CheckEncode(codes, x, format);
      CheckEncode(codes, std::nextafter(x, kInfinity), format);
      if (x > 0.0f) CheckEncode(codes, std::nextafter(x, 0.0f), format);
    }
  }
}

TEST_CASE("FP8 encoding takes the nearest code: random and extreme floats", "[numeric][property]") {
  const std::uint32_t seed = 31;
  CAPTURE(seed);
  std::mt19937 engine(seed);
  for (const Fp8Format format : kFormats) {
    const Codes codes(format);
    using Limits = std::numeric_limits<float>;
    for (const float x : {Limits::denorm_min(), Limits::min(), std::nextafter(Limits::min(), 0.0f), Limits::max(),
                          kInfinity, Limits::quiet_NaN()}) {
      CheckEncode(codes, x, format);
    }
    // Every bit pattern is as likely as another: all exponents, NaNs of any payload.
    for (int i = 0; i < 20000; ++i) {
      CheckEncode(codes, std::bit_cast<float>(static_cast<std::uint32_t>(engine())), format);
    }
    // Subnormal floats.
    for (int i = 0; i < 1000; ++i)
      CheckEncode(codes, std::bit_cast<float>(static_cast<std::uint32_t>(engine() >> 9)), format);
    // Where the codes are.
    std::uniform_real_distribution<float> exponent(-18.0f, 17.0f);
    for (int i = 0; i < 50000; ++i) CheckEncode(codes, std::exp2(exponent(engine)), format);
  }
}

}  // namespace alice
