#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "behavior/labeled_sample.h"

namespace alice {
namespace {

TEST_CASE("the standard calibration set is what this target generates, bit for bit", "[behavior]") {
  std::ifstream file(ALICE_SOURCE_DIR "/calibration-data/standard-1000.json");
  REQUIRE(file.good());
  const std::string mark = "\"features\":[";
  std::uint32_t index = 0;
  for (std::string line; std::getline(file, line);) {
    const auto found = line.find(mark);
    if (found == std::string::npos) continue;
    const LabeledSample sample = MakeSample(kCalibrationSeed, index, ParameterSplit::train);
    INFO("sample " << index);
    const char* at = line.c_str() + found + mark.size();
    for (const float expected : sample.features.values) {
      char* end = nullptr;
      REQUIRE(std::strtof(at, &end) == expected);
      at = end + 1;  // a comma, or the closing bracket
    }
    REQUIRE(at[-1] == ']');
    const std::string label(BehaviorClassName(sample.label));
    REQUIRE(line.find("\"expectedBehavior\":\"" + label + "\"") != std::string::npos);
    REQUIRE(line.find("\"seed\":" + std::to_string(sample.seed) + ",") != std::string::npos);
    ++index;
  }
  CHECK(index == 1000);
}

}  // namespace
}  // namespace alice
