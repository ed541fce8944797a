#include "behavior/random.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace alice {
namespace {

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
