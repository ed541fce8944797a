#include "numeric/top1.h"

#include <catch2/catch.hpp>

namespace alice {

TEST_CASE("top-1 agreement is the share of rows with their maximum at the same place", "[numeric]") {
  const float a[] = {0.1f, 0.9f, /**/ 3.0f, 1.0f, 2.0f, /**/ 0.0f, 0.0f, 0.0f};
  const float b[] = {0.4f, 0.6f, /**/ 1.0f, 1.5f, 1.4f, /**/ 0.0f, 0.0f, -1.0f};
  const ClassScores two[] = {{0, 1, 2}};
  const ClassScores all[] = {{0, 1, 2}, {2, 2, 3}};
  CHECK(Top1Agreement(a, b, two) == 1.0);
  CHECK(Top1Agreement(a, b, all) == Approx(2.0 / 3.0));  // the first of equals
  CHECK(Top1Agreement(a, b, {}) == 1.0);
}

}  // namespace alice
