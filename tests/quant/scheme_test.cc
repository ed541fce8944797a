#include "quant/scheme.h"

#include <catch2/catch.hpp>
#include <string>

namespace alice {
namespace {

void CheckRefused(const WeightScheme& scheme, const std::string& message) {
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
  CheckRefused({WeightType::fp8e4m3, false},
               "weightScheme is \"asymmetric\", allowed with weightType \"fp8e4m3\" is symmetric: a float code has no "
               "zero point");
  CheckRefused({WeightType::fp8e5m2, false},
               "weightScheme is \"asymmetric\", allowed with weightType \"fp8e5m2\" is symmetric: a float code has no "
               "zero point");
  CheckRefused({WeightType::int4, true, Granularity::per_group, 0},
               "groupSize is 0, allowed with weightGranularity \"per-group\" is 1 or more: a group of no inputs has no "
               "scale");
  // Nobody reads the group size elsewhere.
  CHECK(CheckScheme({WeightType::int8, true, Granularity::per_channel, 0}).ok());
}

}  // namespace alice
