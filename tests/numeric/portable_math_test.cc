#include "numeric/portable_math.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "behavior/random.h"

namespace alice {
namespace {

// The series err by under 1e-15; some tens of roundings of 1.1e-16 each come on top.
constexpr double kError = 1e-14;
constexpr double kPi = 3.141592653589793;

TEST_CASE("sine and cosine of turns agree with the C library", "[numeric]") {
  for (int i = -3000; i <= 3000; ++i) {
    const double turns = i / 1000.0;
    // The library's argument 2π·turns is itself rounded: half a unit of 19 in the last place.
    CHECK(std::fabs(SinTurns(turns) - std::sin(2 * kPi * turns)) < kError);
    CHECK(std::fabs(CosTurns(turns) - std::cos(2 * kPi * turns)) < kError);
  }
  CHECK(SinTurns(0) == 0);
  CHECK(CosTurns(0) == Approx(1).epsilon(kError));
  CHECK(SinTurns(0.5) == 0);
}

TEST_CASE("the angle of a vector agrees with the C library", "[numeric]") {
  Random random(1);
  for (int i = 0; i < 10000; ++i) {
    const double x = random.Uniform(-1, 1) * std::ldexp(1, static_cast<int>(random.Below(60)));
    const double y = random.Unit() * std::ldexp(1, static_cast<int>(random.Below(60)));
    CHECK(std::fabs(HalfPlaneAngle(x, y) - std::atan2(y, x)) < kError);
  }
  CHECK(HalfPlaneAngle(0, 0) == 0);
  CHECK(HalfPlaneAngle(3, 0) == 0);
  CHECK(HalfPlaneAngle(-3, 0) == kPi);
  CHECK(HalfPlaneAngle(0, 3) == kPi / 2);
}

TEST_CASE("the binary logarithm agrees with the C library", "[numeric]") {
  Random random(2);
  for (int i = 0; i < 10000; ++i) {
    const double x = (1 + random.Unit()) * std::ldexp(1, static_cast<int>(random.Below(2000)) - 1000);
    CHECK(std::fabs(Log2(x) - std::log2(x)) <= kError * std::fmax(1, std::fabs(std::log2(x))));
  }
  for (int exponent = -1022; exponent < 1024; ++exponent) CHECK(Log2(std::ldexp(1, exponent)) == exponent);
  for (const double x : {1e-12, 0.5, 1.0, 2.0, 1e30}) {
    CHECK(Log(x) == Approx(std::log(x)).epsilon(kError));
    CHECK(Log10(x) == Approx(std::log10(x)).epsilon(kError));
  }
}

TEST_CASE("exponentials agree with the C library", "[numeric]") {
  Random random(3);
  for (int i = 0; i < 10000; ++i) {
    const double x = random.Uniform(-700, 700);
    CHECK(std::fabs(Exp(x) / std::exp(x) - 1) < kError);
    CHECK(std::fabs(Exp2(x) / std::exp2(x) - 1) < kError);
  }
  for (int exponent = -1022; exponent < 1024; ++exponent) CHECK(Exp2(exponent) == std::ldexp(1, exponent));
  CHECK(Exp(0) == 1);
  CHECK(Exp(-1e9) == 0);
  CHECK(Exp(1e9) == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(Exp(std::numeric_limits<double>::quiet_NaN())));
}

TEST_CASE("the complementary error function agrees with the C library", "[numeric]") {
  for (int i = 0; i <= 1000; ++i) {
    const double x = i / 100.0;
    CHECK(Erfc(x) == Approx(std::erfc(x)).epsilon(1.3e-7));
  }
}

}  // namespace
}  // namespace alice
