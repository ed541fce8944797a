#include "kernels/arg_max_f32/arg_max_f32.h"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "kernels/random_data.h"

namespace alice {

TEST_CASE("arg_max_f32 finds the first of the largest", "[kernels]") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  RandomData data(17);
  for (const ArgMaxF32Kernel& kernel : AllArgMaxF32()) {
    INFO(kernel.name);
    for (std::size_t n = 1; n <= 53; ++n) {
      const std::vector<float> x = data.Floats(n, 100.0f);
      for (std::size_t at = 0; at < n; ++at) {
        for (const float most : {101.0f, kInfinity}) {
          std::vector<float> y = x;
          y[at] = most;
          REQUIRE(kernel.run(y.data(), n) == at);
          y[n - 1] = most;
          REQUIRE(kernel.run(y.data(), n) == at);
        }
        std::vector<float> y(n, kNan);
        y[at] = -101.0f;
        REQUIRE(kernel.run(y.data(), n) == at);
        y[at] = -kInfinity;
        REQUIRE(kernel.run(y.data(), n) == 0);
      }
      REQUIRE(kernel.run(std::vector<float>(n, kNan).data(), n) == 0);
      REQUIRE(kernel.run(std::vector<float>(n, -kInfinity).data(), n) == 0);
      REQUIRE(kernel.run(std::vector<float>(n, -0.0f).data(), n) == 0);
    }
  }
}

}  // namespace alice
