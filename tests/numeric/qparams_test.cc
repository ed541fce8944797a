#include "numeric/qparams.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "numeric/rounding.h"

namespace alice {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// The unit roundoff of float.
constexpr double kU = 0x1p-24;

/// A magnitude between 2^-60 and 2^60, uniform in its logarithm: far from under- and overflow.
float Magnitude(std::mt19937& engine) {
  return std::exp2(std::uniform_real_distribution<float>(-60.0f, 60.0f)(engine));
}

}  // namespace

TEST_CASE("rounding is half to even", "[numeric]") {
  CHECK(RoundHalfEven(0.5f) == 0.0f);
  CHECK(RoundHalfEven(1.5f) == 2.0f);
  CHECK(RoundHalfEven(2.5f) == 2.0f);
  CHECK(RoundHalfEven(-0.5f) == 0.0f);
  CHECK(RoundHalfEven(-1.5f) == -2.0f);
  CHECK(RoundHalfEven(-2.5f) == -2.0f);
}

TEST_CASE("rounding clamps first, and a NaN gives the lower bound", "[numeric]") {
  CHECK(RoundClamp(2.5f, -10, 10) == 2);
  CHECK(RoundClamp(10.4f, -10, 10) == 10);
  CHECK(RoundClamp(1e30f, -10, 10) == 10);
  CHECK(RoundClamp(-std::numeric_limits<float>::infinity(), -10, 10) == -10);
  CHECK(RoundClamp(kNan, -10, 10) == -10);
}

TEST_CASE("asymmetric parameters by hand", "[numeric]") {
  CHECK(AsymmetricU8(0.0f, 255.0f) == QParams{1.0f, 0});
  CHECK(AsymmetricU8(-255.0f, 0.0f) == QParams{1.0f, 255});
  CHECK(AsymmetricU8(-100.0f, 155.0f) == QParams{1.0f, 100});
  CHECK(AsymmetricU8(-51.0f, 76.5f) == QParams{0.5f, 102});
  // The range is widened to hold 0.
  CHECK(AsymmetricU8(100.0f, 255.0f) == QParams{1.0f, 0});
  CHECK(AsymmetricU8(-255.0f, -100.0f) == QParams{1.0f, 255});
  // The zero point rounds half to even.
  CHECK(AsymmetricU8(-0.5f, 254.5f) == QParams{1.0f, 0});
  CHECK(AsymmetricU8(-1.5f, 253.5f) == QParams{1.0f, 2});
  CHECK(AsymmetricU8(-2.5f, 252.5f) == QParams{1.0f, 2});
  // A zero range.
  CHECK(AsymmetricU8(0.0f, 0.0f) == QParams{1.0f, 0});
  CHECK(AsymmetricU8(-0.0f, -0.0f) == QParams{1.0f, 0});
  // Nothing but NaNs: what MinMaxF32 gives for it.
  CHECK(AsymmetricU8(std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()) == QParams{});
}

TEST_CASE("u8 codes by hand", "[numeric]") {
  const QParams q{0.5f, 100};
  CHECK(QuantizeU8(0.0f, q) == 100);
  CHECK(QuantizeU8(0.25f, q) == 100);  // 0.5 → 0
  CHECK(QuantizeU8(0.75f, q) == 102);  // 1.5 → 2
  CHECK(QuantizeU8(-0.75f, q) == 98);  // −1.5 → −2
  CHECK(QuantizeU8(-1.25f, q) == 98);  // −2.5 → −2
  CHECK(QuantizeU8(77.5f, q) == 255);
  CHECK(QuantizeU8(1e30f, q) == 255);
  CHECK(QuantizeU8(-50.25f, q) == 0);
  CHECK(QuantizeU8(-1e30f, q) == 0);
  CHECK(QuantizeU8(kNan, q) == 0);
}

TEST_CASE("a u8 round trip loses at most half a step inside the range", "[numeric]") {
  const std::uint32_t seed = 20;
  std::mt19937 engine(seed);
  CAPTURE(seed);
  for (int round = 0; round < 500; ++round) {
    const float magnitude = Magnitude(engine);
    std::uniform_real_distribution<float> inside(-magnitude, magnitude);
    const float first = inside(engine);
    const float second = inside(engine);
    const float min = std::min({first, second, 0.0f});
    const float max = std::max({first, second, 0.0f});
    const QParams q = AsymmetricU8(min, max);
    // In steps, with u = 2^-24 per rounded operation:
    //   (max − min) / scale ≤ 255 + 512u        the range and the scale are rounded once each
    //   |zero_point + min / scale| ≤ 1/2 + 256u  its quotient is rounded, then rounded to an integer
    //   |x / scale − code| ≤ 1/2 + 256u          the same for x, where the code is not clamped
    // and where it is, x lies beyond the last code by at most the first two together, less 255.
    const double bound = 0.5 + 768 * kU;
    for (int sample = 0; sample < 200; ++sample) {
      const float fraction = static_cast<float>(sample) / 199.0f;
      const float x = std::clamp(min + (max - min) * fraction, min, max);
      const double back = (QuantizeU8(x, q) - q.zero_point) * static_cast<double>(q.scale);
      REQUIRE(std::abs(static_cast<double>(x) - back) <= bound * static_cast<double>(q.scale));
    }
  }
}

TEST_CASE("zero is exactly a code", "[numeric]") {
  std::mt19937 engine(21);
  for (int round = 0; round < 500; ++round) {
    const QParams q = AsymmetricU8(-Magnitude(engine), Magnitude(engine));
    REQUIRE(q.zero_point >= 0);
    REQUIRE(q.zero_point <= 255);
    REQUIRE(QuantizeU8(0.0f, q) == q.zero_point);
  }
}

TEST_CASE("symmetric codes by hand", "[numeric]") {
  CHECK(SymmetricScale(127.0f, 8) == 1.0f);
  CHECK(SymmetricScale(63.5f, 8) == 0.5f);
  CHECK(SymmetricScale(7.0f, 4) == 1.0f);
  CHECK(SymmetricScale(1.0f, 2) == 1.0f);
  CHECK(QuantizeSymmetric(0.5f, 1.0f, 8) == 0);
  CHECK(QuantizeSymmetric(1.5f, 1.0f, 8) == 2);
  CHECK(QuantizeSymmetric(-2.5f, 1.0f, 8) == -2);
  CHECK(QuantizeSymmetric(-127.0f, 1.0f, 8) == -127);
  // The lowest code is never used.
  CHECK(QuantizeSymmetric(-128.0f, 1.0f, 8) == -127);
  CHECK(QuantizeSymmetric(-1e30f, 1.0f, 8) == -127);
  CHECK(QuantizeSymmetric(1e30f, 1.0f, 8) == 127);
  CHECK(QuantizeSymmetric(-8.0f, 1.0f, 4) == -7);
}

TEST_CASE("an all-zero channel has scale 1 and codes 0", "[numeric]") {
  for (int bits = 2; bits <= 8; ++bits) {
    CHECK(SymmetricScale(0.0f, bits) == 1.0f);
    CHECK(QuantizeSymmetric(0.0f, SymmetricScale(0.0f, bits), bits) == 0);
    CHECK(QuantizeSymmetric(-0.0f, SymmetricScale(0.0f, bits), bits) == 0);
  }
}

TEST_CASE("a symmetric round trip loses at most half a step, and the maximum nothing but its rounding", "[numeric]") {
  const std::uint32_t seed = 22;
  std::mt19937 engine(seed);
  CAPTURE(seed);
  for (int bits = 2; bits <= 8; ++bits) {
    const int limit = (1 << (bits - 1)) - 1;
    for (int round = 0; round < 200; ++round) {
      const float max_abs = Magnitude(engine);
      const float scale = SymmetricScale(max_abs, bits);
      REQUIRE(QuantizeSymmetric(max_abs, scale, bits) == limit);
      REQUIRE(QuantizeSymmetric(-max_abs, scale, bits) == -limit);
      std::uniform_real_distribution<float> inside(-max_abs, max_abs);
      for (int sample = 0; sample < 50; ++sample) {
        const float x = inside(engine);
        const double back = QuantizeSymmetric(x, scale, bits) * static_cast<double>(scale);
        // |x / scale| ≤ limit · (1 + 2u) ≤ 128, so its rounding to float moves it by at most 128u of a step.
        REQUIRE(std::abs(static_cast<double>(x) - back) <= (0.5 + 128 * kU) * static_cast<double>(scale));
      }
    }
  }
}

}  // namespace alice
