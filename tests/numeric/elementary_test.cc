#include "numeric/elementary.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace alice {
namespace {

constexpr double kUnit = 0x1p-24;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Calls visit(x) for every `stride`-th float in [low, high], which have one sign.
template <typename Visit>
void ForFloats(float low, float high, std::uint32_t stride, const Visit& visit) {
  const auto a = std::bit_cast<std::uint32_t>(low);
  const auto b = std::bit_cast<std::uint32_t>(high);
  for (std::uint32_t bits = std::min(a, b); bits <= std::max(a, b); bits += stride) visit(std::bit_cast<float>(bits));
}

/// The largest error of y relative to `exact`, in units of 2^-24, with its place.
struct Largest {
  double error = 0.0;
  float at = 0.0f;
  void Add(float x, float y, double exact) {
    const double relative = std::abs(static_cast<double>(y) - exact) / std::abs(exact) / kUnit;
    if (relative <= error) return;
    error = relative;
    at = x;
  }
};

// Prime, so that all bits of the significand vary.
constexpr std::uint32_t kStride = 2503;

}  // namespace

TEST_CASE("exp is off by less than 2 · 2^-24 of itself, over all of its range", "[numeric]") {
  Largest largest;
  const auto visit = [&](float x) { largest.Add(x, Exp(x), std::exp(static_cast<double>(x))); };
  ForFloats(0.0f, 88.72f, kStride, visit);
  ForFloats(-0.0f, -87.33f, kStride, visit);  // e^-87.33 > 2^-126
  // Around every change of n, where |r| is largest.
  for (int n = -125; n < 128; ++n) {
    const auto middle = static_cast<float>((n + 0.5) * 0.69314718055994531);
    for (int i = -300; i <= 300; ++i) visit(middle + static_cast<float>(i) * 0x1p-18f);
  }
  INFO("at " << largest.at);
  CHECK(largest.error < 2.0);
}

TEST_CASE("exp below the normal floats is off by half of the smallest float more", "[numeric]") {
  ForFloats(-87.33f, -104.5f, 97, [](float x) {
    const double exact = std::exp(static_cast<double>(x));
    // The clamp at −104 is of what is less than half of the smallest float.
    REQUIRE(std::abs(static_cast<double>(Exp(x)) - exact) <= exact * 2.0 * kUnit + 0x1p-150);
  });
}

TEST_CASE("exp at its extremes", "[numeric]") {
  CHECK(Exp(0.0f) == 1.0f);
  CHECK(Exp(-0.0f) == 1.0f);
  CHECK(std::bit_cast<std::uint32_t>(Exp(-kInfinity)) == 0);
  for (const float x : {-104.0f, -105.0f, -1e4f, std::numeric_limits<float>::lowest()}) CHECK(Exp(x) == 0.0f);
  CHECK(std::isfinite(Exp(88.72f)));
  for (const float x : {88.73f, 89.0f, 90.0f, 1e4f, std::numeric_limits<float>::max(), kInfinity}) {
    CHECK(Exp(x) == kInfinity);
  }
  CHECK(std::isnan(Exp(kNaN)));
  CHECK(std::isnan(Exp(-kNaN)));
}

TEST_CASE("sigmoid is off by less than 4 · 2^-24 of itself, and ends at 0 and 1", "[numeric]") {
  Largest largest;
  const auto visit = [&](float x) { largest.Add(x, Sigmoid(x), 1.0 / (1.0 + std::exp(-static_cast<double>(x)))); };
  ForFloats(0.0f, 100.0f, kStride, visit);
  ForFloats(-0.0f, -87.3f, kStride, visit);  // −88, but for those results that are no normal floats
  INFO("at " << largest.at);
  CHECK(largest.error < 4.0);
  ForFloats(-87.3f, -120.0f, 97, [](float x) { REQUIRE((Sigmoid(x) >= 0.0f && Sigmoid(x) < 0x1p-125f)); });
  CHECK(Sigmoid(0.0f) == 0.5f);
  CHECK(Sigmoid(kInfinity) == 1.0f);
  CHECK(Sigmoid(-kInfinity) == 0.0f);
  CHECK(std::isnan(Sigmoid(kNaN)));
}

TEST_CASE("tanh is off by less than 4 · 2^-24 of itself, odd, and ends at 1", "[numeric]") {
  Largest largest;
  const auto visit = [&](float x) {
    largest.Add(x, Tanh(x), std::tanh(static_cast<double>(x)));
    REQUIRE(Tanh(-x) == -Tanh(x));
  };
  ForFloats(0x1p-60f, 12.0f, kStride, visit);
  ForFloats(0.62f, 0.63f, 7, visit);
  INFO("at " << largest.at);
  CHECK(largest.error < 4.0);
  ForFloats(std::numeric_limits<float>::denorm_min(), 0x1p-60f, 100'003, [](float x) { REQUIRE(Tanh(x) == x); });
  CHECK(std::bit_cast<std::uint32_t>(Tanh(-0.0f)) == 0x80000000u);
  CHECK(std::bit_cast<std::uint32_t>(Tanh(0.0f)) == 0);
  for (const float x : {10.0f, 1e5f, std::numeric_limits<float>::max(), kInfinity}) {
    CHECK(Tanh(x) == 1.0f);
    CHECK(Tanh(-x) == -1.0f);
  }
  CHECK(std::isnan(Tanh(kNaN)));
}

TEST_CASE("log is off by less than 3 · 2^-24 of itself, over all floats", "[numeric]") {
  Largest largest;
  const auto visit = [&](float x) {
    if (x != 1.0f) largest.Add(x, Log(x), std::log(static_cast<double>(x)));
  };
  ForFloats(std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max(), kStride, visit);
  // Where the logarithm is smallest, and where the exponent changes.
  ForFloats(0.99f, 1.01f, 7, visit);
  ForFloats(0.706f, 0.708f, 7, visit);
  ForFloats(1.413f, 1.415f, 7, visit);
  INFO("at " << largest.at);
  CHECK(largest.error < 3.0);
}

TEST_CASE("log at its extremes", "[numeric]") {
  CHECK(std::bit_cast<std::uint32_t>(Log(1.0f)) == 0);
  CHECK(Log(0.0f) == -kInfinity);
  CHECK(Log(-0.0f) == -kInfinity);
  CHECK(Log(kInfinity) == kInfinity);
  for (const float x : {-std::numeric_limits<float>::denorm_min(), -1.0f, -kInfinity, kNaN}) CHECK(std::isnan(Log(x)));
}

TEST_CASE("exp minus 1 and ln of 1 plus are off by less than 4 and 5 · 2^-24 of themselves", "[numeric]") {
  Largest minus1;
  const auto visit = [&](float x) { minus1.Add(x, ExpMinus1(x), std::expm1(static_cast<double>(x))); };
  ForFloats(0x1p-60f, 88.0f, kStride, visit);
  ForFloats(-0x1p-60f, -120.0f, kStride, visit);
  for (const float middle : {-0.34657359f, 0.34657359f, -1.0397208f, 1.0397208f}) {
    for (int i = -300; i <= 300; ++i) visit(middle + static_cast<float>(i) * 0x1p-20f);
  }
  INFO("exp minus 1 at " << minus1.at);
  CHECK(minus1.error < 4.0);
  CHECK(ExpMinus1(0.0f) == 0.0f);
  CHECK(ExpMinus1(-kInfinity) == -1.0f);
  CHECK(std::isnan(ExpMinus1(kNaN)));

  Largest plus1;
  ForFloats(0x1p-100f, 1.0f, kStride,
            [&](float x) { plus1.Add(x, LogOf1Plus(x), std::log1p(static_cast<double>(x))); });
  INFO("ln of 1 plus at " << plus1.at);
  CHECK(plus1.error < 5.0);
  CHECK(LogOf1Plus(0.0f) == 0.0f);
}

TEST_CASE("erf is off by less than 3 · 2^-24 of itself, odd, and ends at 1", "[numeric]") {
  Largest largest;
  const auto visit = [&](float x) {
    largest.Add(x, Erf(x), std::erf(static_cast<double>(x)));
    REQUIRE(Erf(-x) == -Erf(x));
  };
  ForFloats(0x1p-100f, 8.0f, kStride, visit);
  ForFloats(0.87f, 0.88f, 7, visit);
  INFO("at " << largest.at);
  CHECK(largest.error < 3.0);
  CHECK(std::bit_cast<std::uint32_t>(Erf(-0.0f)) == 0x80000000u);
  for (const float x : {4.0f, 100.0f, std::numeric_limits<float>::max(), kInfinity}) {
    CHECK(Erf(x) == 1.0f);
    CHECK(Erf(-x) == -1.0f);
  }
  CHECK(std::isnan(Erf(kNaN)));
}

}  // namespace alice
