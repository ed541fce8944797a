#include "numeric/bias.h"

#include <catch2/catch.hpp>
#include <limits>

namespace alice {

TEST_CASE("a bias is rounded half to even to steps of its scale", "[numeric]") {
  CHECK(BiasCode(1.25f, 0.5f) == 2);
  CHECK(BiasCode(1.75f, 0.5f) == 4);
  CHECK(BiasCode(-1.25f, 0.5f) == -2);
  CHECK(BiasCode(0.0f, 1e-30f) == 0);
  CHECK(BiasOf(-3, 0.5f) == -1.5f);
  // What was rounded stays as it is.
  for (std::int32_t code = -4000000; code <= 4000000; code += 12345)
    CHECK(BiasCode(BiasOf(code, 0.013f), 0.013f) == code);
}

TEST_CASE("a bias that takes more than int32 has no code", "[numeric]") {
  CHECK(BiasCode(2147483520.0f, 1.0f) == 2147483520);
  CHECK_FALSE(BiasCode(2147483648.0f, 1.0f));
  CHECK_FALSE(BiasCode(-2147483648.0f, 1.0f));
  CHECK_FALSE(BiasCode(1.0f, 1e-20f));
  CHECK_FALSE(BiasCode(std::numeric_limits<float>::quiet_NaN(), 1.0f));
}

}  // namespace alice
