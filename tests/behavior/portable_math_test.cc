#include "behavior/portable_math.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "behavior/random.h"

namespace alice {
namespace {

// The series err by under 1e-15; some tens of roundings of 1.1e-16 each come on top.
constexpr double kError = 1e-14;
constexpr double kPi = 3.141592653589793;

TEST_CASE("sine and cosine of turns agree with the C library", "[behavior]") {
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

TEST_CASE("the angle of a vector agrees with the C library", "[behavior]") {
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

TEST_CASE("the binary logarithm agrees with the C library", "[behavior]") {
  Random random(2);
  for (int i = 0; i < 10000; ++i) {
    const double x = (1 + random.Unit()) * std::ldexp(1, static_cast<int>(random.Below(2000)) - 1000);
    CHECK(std::fabs(Log2(x) - std::log2(x)) <= kError * std::fmax(1, std::fabs(std::log2(x))));
  }
  for (int exponent = -1022; exponent < 1024; ++exponent) CHECK(Log2(std::ldexp(1, exponent)) == exponent);
}

TEST_CASE("the generator gives the published numbers of PCG32", "[behavior]") {
  Random random(42, 54);  // seed and stream of the reference implementation's demonstration
  for (const std::uint32_t expected : {0xa15c02b7u, 0x7b47f409u, 0xba1d3330u, 0x83d2f293u, 0xbfa4784bu, 0xcbed606eu}) {
    CHECK(random.Next() == expected);
  }
}

TEST_CASE("random numbers stay in their range", "[behavior]") {
  Random random(3);
  double sum = 0, squares = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double uniform = random.Uniform(-2, 5), normal = random.Normal();
    REQUIRE((uniform >= -2 && uniform < 5));
    REQUIRE(random.Below(7) < 7);
    REQUIRE(std::fabs(normal) < 3.5);
    sum += normal;
    squares += normal * normal;
  }
  // Five standard errors of a mean, and of a variance whose fourth moment is at most a normal's 3.
  CHECK(std::fabs(sum / kDraws) < 5 / std::sqrt(kDraws));
  CHECK(std::fabs(squares / kDraws - 1) < 5 * std::sqrt(2.0 / kDraws));
}

}  // namespace
}  // namespace alice
