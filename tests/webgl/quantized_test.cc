// Every scheme of weights and activations that integers are computed with: on the GPU they are those of the CPU.
#include <catch2/catch.hpp>

#include "backends/webgl/webgl_accelerator.h"
#include "exec/two_layers.h"
#include "numeric/accepted_schemes.h"

namespace alice {
namespace {

TEST_CASE("each scheme gives the CPU's integers and outputs", "[webgl]") {
  auto accelerator = CreateWebglAccelerator();
  REQUIRE(accelerator.ok());
  std::size_t schemes = 0;
  for (const Scheme& scheme : AcceptedSchemes()) {
    INFO(SchemeText(scheme));
    TwoLayers layers;
    Session session = layers.MakeSession(scheme, BestIsa());
    const Status accelerated = session.Accelerate(**accelerator, Precision::int8);
    if (IsFp8(scheme.weights.type)) {
      CHECK_FALSE(accelerated.ok());
      continue;
    }
    REQUIRE(accelerated.ok());
    std::memcpy(session.Input(0).data, layers.x.data(), layers.x.size() * sizeof(float));
    const auto check = session.CheckAcceleration(Precision::int8);
    REQUIRE(check.ok());
    CHECK(check->products == (scheme.weights.granularity == Granularity::per_group ? 0 : 2));
    CHECK(check->same_integers);
    CHECK(check->largest_difference == 0.0);
    ++schemes;
  }
  CHECK(schemes > 30);
}

}  // namespace
}  // namespace alice
