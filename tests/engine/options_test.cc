#include "engine/options.h"

#include <catch2/catch.hpp>
#include <string>

namespace alice {

TEST_CASE("what is counted takes whole numbers only", "[engine]") {
  Options options;
  for (const std::string_view name : {"monitorInterval", "recoveryCheckInterval", "recoveryStreak", "groupSize"}) {
    CHECK(SetOption(options, name, 3.0).ok());
    const Status refused = SetOption(options, name, 3.5);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.find("allowed is a whole number from") != std::string::npos);
  }
  CHECK(options.monitorInterval == 3.0);
}

TEST_CASE("an option of a group is named with it", "[engine]") {
  Options options;
  REQUIRE(SetOption(options, "softRecovery.latencyMs", 7.0).ok());
  CHECK(options.softRecovery_latencyMs == 7.0);
  CHECK_FALSE(SetOption(options, "latencyMs", 7.0).ok());
  const Status refused = SetOption(options, "softRecovery.memoryMB", -1.0);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message == "softRecovery.memoryMB is -1, allowed is a number from 0 to 1024");
}

TEST_CASE("options take what the list allows", "[engine]") {
  Options options;
  CHECK(options.maxMemoryMB == 50.0);
  REQUIRE(SetOption(options, "maxMemoryMB", 8.0).ok());
  CHECK(options.maxMemoryMB == 8.0);
  REQUIRE(SetOption(options, "backend", std::string_view("wasm")).ok());
  CHECK(options.backend == 1);
  REQUIRE(SetOption(options, "enableAutoFallback", false).ok());
  CHECK_FALSE(options.enableAutoFallback);
  REQUIRE(SetOption(options, "maxLatencyMs", std::numeric_limits<double>::infinity()).ok());
}

TEST_CASE("a bad value is refused with field, value and what is allowed", "[engine]") {
  Options options;
  const auto message = [&](std::string_view name, const OptionValue& value) {
    const Status status = SetOption(options, name, value);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::config_invalid);
    return status.error().message;
  };
  CHECK(message("similarityThreshold", 1.5) == "similarityThreshold is 1.5, allowed is a number from 0 to 1");
  CHECK(message("similarityThreshold", std::numeric_limits<double>::quiet_NaN()).find("nan") != std::string::npos);
  CHECK(message("maxMemoryMB", std::string_view("big")) ==
        "maxMemoryMB is \"big\", allowed is a number from 1 to 1024");
  CHECK(message("backend", std::string_view("gpu")) == "backend is \"gpu\", allowed is auto, wasm, webgl, cpu");
  CHECK(message("backend", 1.0) == "backend is 1, allowed is auto, wasm, webgl, cpu");
  CHECK(message("enableAutoFallback", 1.0) == "enableAutoFallback is 1, allowed is true or false");
  CHECK(message("memory", 1.0) == "there is no option \"memory\"");
  CHECK(options.similarityThreshold == 0.98);
}

TEST_CASE("a number or a word, and a text", "[engine]") {
  Options options;
  CHECK(ObserverOptionsOf(options).percentile == 0.999);
  REQUIRE(SetOption(options, "calibrationPercentile", std::string_view("auto")).ok());
  CHECK(ObserverOptionsOf(options).percentile_auto);
  REQUIRE(SetOption(options, "calibrationPercentile", 0.99).ok());
  CHECK_FALSE(ObserverOptionsOf(options).percentile_auto);
  CHECK(ObserverOptionsOf(options).percentile == 0.99);
  CHECK_FALSE(SetOption(options, "calibrationPercentile", std::string_view("most")).ok());
  REQUIRE(SetOption(options, "excludeLayers", std::string_view("head*, MatMul")).ok());
  CHECK(LayerPolicyOf(options).exclude == std::vector<std::string>{"head*", "MatMul"});
}

TEST_CASE("the words of the options are those of schemes and calibrators", "[engine]") {
  Options options;
  for (std::size_t type = 0; type < kWeightTypeNames.size(); ++type) {
    REQUIRE(SetOption(options, "weightType", kWeightTypeNames[type]).ok());
    CHECK(SchemeOf(options).value().weights.type == static_cast<WeightType>(type));
  }
  REQUIRE(SetOption(options, "weightType", std::string_view("int4")).ok());
  for (std::size_t granularity = 0; granularity < kGranularityNames.size(); ++granularity) {
    REQUIRE(SetOption(options, "weightGranularity", kGranularityNames[granularity]).ok());
    CHECK(SchemeOf(options).value().weights.granularity == static_cast<Granularity>(granularity));
  }
  for (const std::string_view name : {"min-max", "moving-average", "percentile", "kl", "entropy", "mse", "aciq"}) {
    REQUIRE(SetOption(options, "calibrationStrategy", name).ok());
    CHECK(CalibratorName(CalibratorOf(options)) == name);
  }
  CHECK(SchemeText(SchemeOf(Options{}).value()) == SchemeText({}));
}

}  // namespace alice
