#include "numeric/finite.h"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

namespace alice {

TEST_CASE("any value that is not finite is seen, wherever it stands", "[numeric]") {
  using Limits = std::numeric_limits<float>;
  const float finite[] = {0.0f, -0.0f, Limits::denorm_min(), -Limits::min(), Limits::max(), Limits::lowest()};
  const float others[] = {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), -Limits::signaling_NaN()};
  CHECK(AllFinite(nullptr, 0));
  for (std::size_t n = 1; n <= 37; ++n) {
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = finite[i % std::size(finite)];
    CHECK(AllFinite(values.data(), n));
    for (std::size_t at = 0; at < n; ++at) {
      for (const float other : others) {
        const float before = values[at];
        values[at] = other;
        CHECK_FALSE(AllFinite(values.data(), n));
        values[at] = before;
      }
    }
  }
}

}  // namespace alice
