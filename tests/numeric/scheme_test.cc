#include "numeric/scheme.h"

#include <catch2/catch.hpp>
#include <string>

namespace alice {
namespace {

void CheckRefused(const Scheme& scheme, const std::string& message) {
  const Status status = CheckScheme(scheme);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ErrorCode::config_invalid);
  CHECK(status.error().message == message);
}

}  // namespace

TEST_CASE("the names of weight types and granularities are the options' words", "[quant]") {
  CHECK(WeightTypeName(WeightType::int8) == "int8");
  CHECK(WeightTypeName(WeightType::int4) == "int4");
  CHECK(WeightTypeName(WeightType::fp8e4m3) == "fp8e4m3");
  CHECK(WeightTypeName(WeightType::fp8e5m2) == "fp8e5m2");
  CHECK(GranularityName(Granularity::per_tensor) == "per-tensor");
  CHECK(GranularityName(Granularity::per_channel) == "per-channel");
  CHECK(GranularityName(Granularity::per_group) == "per-group");
  CHECK(BitsOf(WeightType::int8) == 8);
  CHECK(BitsOf(WeightType::int4) == 4);
  CHECK(BitsOf(WeightType::fp8e4m3) == 8);
  CHECK(BitsOf(WeightType::fp8e5m2) == 8);
}

TEST_CASE("every weight scheme is taken but float codes with a zero point", "[quant]") {
  for (std::size_t type = 0; type < kWeightTypeNames.size(); ++type) {
    for (std::size_t granularity = 0; granularity < kGranularityNames.size(); ++granularity) {
      for (const bool symmetric : {true, false}) {
        const WeightScheme scheme{static_cast<WeightType>(type), symmetric, static_cast<Granularity>(granularity), 32};
        CAPTURE(WeightTypeName(scheme.type), GranularityName(scheme.granularity), symmetric);
        const bool is_float = scheme.type == WeightType::fp8e4m3 || scheme.type == WeightType::fp8e5m2;
        CHECK(CheckScheme(scheme).ok() == (symmetric || !is_float));
      }
    }
  }
}

TEST_CASE("a refused weight scheme is named with the reason", "[quant]") {
  CheckRefused({.weights = {WeightType::fp8e4m3, false}, .activations = {}},
               "weightScheme is \"asymmetric\", allowed with weightType \"fp8e4m3\" is symmetric: a float code has no "
               "zero point");
  CheckRefused({.weights = {WeightType::fp8e5m2, false}, .activations = {}},
               "weightScheme is \"asymmetric\", allowed with weightType \"fp8e5m2\" is symmetric: a float code has no "
               "zero point");
  CheckRefused({.weights = {WeightType::int4, true, Granularity::per_group, 0}, .activations = {}},
               "groupSize is 0, allowed with weightGranularity \"per-group\" is 1 or more: a group of no inputs has no "
               "scale");
  // Nobody reads the group size elsewhere.
  CHECK(CheckScheme(WeightScheme{WeightType::int8, true, Granularity::per_channel, 0}).ok());
}

TEST_CASE("what cannot be had together is refused by name", "[quant]") {
  const WeightScheme fp8{.type = WeightType::fp8e4m3};
  CheckRefused({.weights = {}, .activations = {Strategy::fixed, false, ActivationGranularity::per_token}},
               "activationGranularity is \"per-token\", allowed with strategy \"static\" is per-tensor: the ranges are "
               "fixed before the tokens are known");
  CheckRefused({.weights = fp8, .activations = {.strategy = Strategy::fixed}},
               "strategy is \"static\", which has no meaning with weightType \"fp8e4m3\": float codes multiply with "
               "float activations");
  CheckRefused({.weights = fp8, .activations = {.symmetric = true}},
               "activationScheme is \"symmetric\", which has no meaning with weightType \"fp8e4m3\": float codes "
               "multiply with float activations");
  CheckRefused({.weights = fp8, .activations = {.granularity = ActivationGranularity::per_token}},
               "activationGranularity is \"per-token\", which has no meaning with weightType \"fp8e4m3\": float codes "
               "multiply with float activations");
}

TEST_CASE("a scheme is told in the words of the options", "[quant]") {
  CHECK(SchemeText({}) == "int8 symmetric per-channel, u8 asymmetric per-tensor dynamic");
  CHECK(SchemeText({{WeightType::int4, false, Granularity::per_group, 16}, {Strategy::fixed, true}}) ==
        "int4 asymmetric per-group of 16, s8 symmetric per-tensor static");
  CHECK(SchemeText({{.type = WeightType::fp8e5m2}, {}}) == "fp8e5m2 symmetric per-channel, f32");
}

}  // namespace alice
