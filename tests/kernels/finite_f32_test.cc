#include "kernels/finite_f32/finite_f32.h"

#include <catch2/catch.hpp>
#include <limits>
#include <utility>

#include "kernels/random_data.h"

namespace alice {

TEST_CASE("finite_f32 finds whatever is not finite, wherever it is", "[kernels]") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  RandomData data(13);
  for (const AllFiniteF32Kernel& kernel : AllAllFiniteF32()) {
    INFO(kernel.name);
    for (std::size_t n = 0; n <= 53; ++n) {
      std::vector<float> x = data.Floats(n, 1e38f);
      REQUIRE(kernel.run(x.data(), n));
      for (std::size_t at = 0; at < n; ++at) {
        for (const float bad : {kInfinity, -kInfinity, kNan, -kNan}) {
          const float good = std::exchange(x[at], bad);
          REQUIRE_FALSE(kernel.run(x.data(), n));
          x[at] = good;
        }
      }
      x.push_back(kNan);
      REQUIRE(kernel.run(x.data(), n));
    }
  }
}

}  // namespace alice
