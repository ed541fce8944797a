#include "numeric/error_stats.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace alice {

TEST_CASE("cosine, SQNR and largest error of known values", "[numeric]") {
  const float a[] = {3.0f, 4.0f};
  const float b[] = {4.0f, 3.0f};
  ErrorStats stats;
  stats.Add(a, b, 2);
  CHECK(stats.Cosine() == Approx(24.0 / 25.0));
  CHECK(stats.SqnrDb() == Approx(10.0 * std::log10(25.0 / 2.0)));
  CHECK(stats.max_error == 1.0);
  CHECK(stats.count == 2);
}

TEST_CASE("zeros and equal values", "[numeric]") {
  const float zero[] = {0.0f, 0.0f};
  const float x[] = {1.0f, -2.0f};
  CHECK(CosineSimilarity(zero, zero, 2) == 1.0);
  CHECK(CosineSimilarity(zero, x, 2) == 0.0);
  CHECK(CosineSimilarity(x, x, 2) == 1.0);
  ErrorStats equal;
  equal.Add(x, x, 2);
  CHECK(equal.SqnrDb() == kMaxSqnrDb);
}

TEST_CASE("what is not finite is similar to nothing", "[numeric]") {
  const float good[] = {1.0f, 2.0f};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const float values[] = {1.0f, bad};
    ErrorStats stats;
    stats.Add(good, values, 2);
    CHECK(stats.Cosine() == 0.0);
    CHECK(stats.SqnrDb() == -kMaxSqnrDb);
    CHECK(std::isinf(stats.max_error));
  }
}

TEST_CASE("the first of equal values is the largest", "[numeric]") {
  const float x[] = {0.1f, 0.7f, 0.7f};
  CHECK(ArgMax(x, 3) == 1);
}

}  // namespace alice
