#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "numeric/qparams.h"

namespace alice {

TEST_CASE("signed parameters by hand", "[numeric]") {
  CHECK(AsymmetricSigned(-128.0f, 127.0f, 8) == QParams{1.0f, 0});
  CHECK(AsymmetricSigned(0.0f, 127.5f, 8) == QParams{0.5f, -128});
  CHECK(AsymmetricSigned(-8.0f, 7.0f, 4) == QParams{1.0f, 0});
  CHECK(AsymmetricSigned(-15.0f, -1.0f, 4) == QParams{1.0f, 7});
  CHECK(AsymmetricSigned(-2.5f, 12.5f, 4) == QParams{1.0f, 2 - 8});  // the zero point rounds half to even
  CHECK(AsymmetricSigned(-1.0f, 2.0f, 2) == QParams{1.0f, 1 - 2});
  CHECK(AsymmetricSigned(0.0f, -0.0f, 8) == QParams{1.0f, 0});
}

TEST_CASE("signed codes by hand", "[numeric]") {
  const QParams q{0.5f, -3};
  CHECK(QuantizeSigned(0.0f, q, 4) == -3);
  CHECK(QuantizeSigned(0.25f, q, 4) == -3);  // 0.5 → 0
  CHECK(QuantizeSigned(0.75f, q, 4) == -1);  // 1.5 → 2
  CHECK(QuantizeSigned(-2.5f, q, 4) == -8);
  CHECK(QuantizeSigned(-1e30f, q, 4) == -8);
  CHECK(QuantizeSigned(5.0f, q, 4) == 7);
  CHECK(QuantizeSigned(std::numeric_limits<float>::infinity(), q, 4) == 7);
  CHECK(QuantizeSigned(1e30f, q, 8) == 127);
  CHECK(QuantizeSigned(-1e30f, q, 8) == -128);
}

TEST_CASE("signed 8-bit quantization is the unsigned one, 128 lower", "[numeric][property]") {
  const std::uint32_t seed = 23;
  std::mt19937 engine(seed);
  CAPTURE(seed);
  std::uniform_real_distribution<float> exponent(-60.0f, 60.0f);
  for (int round = 0; round < 500; ++round) {
    const float min = -std::exp2(exponent(engine));
    const float max = std::exp2(exponent(engine));
    const QParams u8 = AsymmetricU8(min, max);
    const QParams s8 = AsymmetricSigned(min, max, 8);
    REQUIRE(s8 == QParams{u8.scale, u8.zero_point - 128});
    std::uniform_real_distribution<float> around(1.25f * min, 1.25f * max);
    for (int sample = 0; sample < 50; ++sample) {
      const float x = around(engine);
      REQUIRE(QuantizeSigned(x, s8, 8) == QuantizeU8(x, u8) - 128);
    }
  }
}

}  // namespace alice
