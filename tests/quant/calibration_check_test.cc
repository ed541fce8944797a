#include "quant/calibration_check.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

namespace alice {
namespace {

const std::vector<std::string> kClasses = {"calm", "wild"};

struct Set {
  std::vector<float> values = std::vector<float>(40 * 3, 0.5f);
  std::vector<std::int32_t> labels = std::vector<std::int32_t>(40, 0);
  bool is_behavior_set = true;

  Set() {
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 2);
  }
  [[nodiscard]] Status Check(std::size_t input_width = 3) const {
    return CheckCalibration({values, 3, labels, is_behavior_set}, input_width, kClasses);
  }
};

void CheckRefused(const Status& status, ErrorCode code, const std::string& part) {
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == code);
  INFO(status.error().message);
  CHECK(status.error().message.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("a usable calibration set passes", "[quant]") { CHECK(Set().Check().ok()); }

TEST_CASE("unusable calibration sets are refused by name", "[quant]") {
  Set set;
  SECTION("width") { CheckRefused(set.Check(4), ErrorCode::calibration_width, "3 values, but the model takes 4"); }
  SECTION("too few") {
    set.values.resize(31 * 3);
    set.labels.resize(31);
    CheckRefused(set.Check(), ErrorCode::calibration_too_few, "31");
  }
  SECTION("not finite") {
    set.values[3 * 7 + 2] = std::numeric_limits<float>::quiet_NaN();
    CheckRefused(set.Check(), ErrorCode::calibration_not_finite, "value 2 of calibration sample 7");
  }
  SECTION("infinite, in a set of any kind") {
    set.is_behavior_set = false;
    set.values[0] = std::numeric_limits<float>::infinity();
    CheckRefused(set.Check(), ErrorCode::calibration_not_finite, "sample 0");
  }
  SECTION("out of range") {
    set.values[3 * 5 + 1] = 1.25f;
    CheckRefused(set.Check(), ErrorCode::calibration_out_of_range, "feature 1 of calibration sample 5 is 1.25");
  }
  SECTION("class missing") {
    set.labels.assign(set.labels.size(), 1);
    CheckRefused(set.Check(), ErrorCode::calibration_class_missing, "class calm");
  }
  SECTION("unknown class") {
    set.labels[3] = 2;
    CheckRefused(set.Check(), ErrorCode::argument_invalid, "sample 3");
  }
}

TEST_CASE("rows of a general model may have any range and no labels", "[quant]") {
  Set set;
  set.is_behavior_set = false;
  set.values[0] = -7.0f;
  set.labels.assign(set.labels.size(), -1);
  CHECK(set.Check().ok());
  set.labels.clear();
  CHECK(set.Check().ok());
}

}  // namespace alice
