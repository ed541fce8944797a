#include "quant/observers/observer.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "allocation_counter.h"
#include "quant/observers/sample_distributions.h"

namespace alice {
namespace {

constexpr auto kKinds = std::to_array<CalibratorKind>({
#define ALICE_CALIBRATOR(kind, spelling, text) CalibratorKind::kind,
#include "quant/observers/calibrators.inc"
#undef ALICE_CALIBRATOR
});

struct Setting {
  CalibratorKind kind;
  ObserverOptions options;
};

/// Every calibrator in every way it can be asked for.
std::vector<Setting> AllSettings() {
  std::vector<Setting> settings;
  for (const CalibratorKind kind : kKinds) {
    for (const int bits : {2, 4, 8}) {
      for (const bool symmetric : {false, true}) {
        settings.push_back({kind, {.symmetric = symmetric, .bits = bits}});
        if (kind == CalibratorKind::percentile) {
          settings.push_back({kind, {.symmetric = symmetric, .bits = bits, .percentile_auto = true}});
        }
        if (kind == CalibratorKind::mse) {
          settings.push_back({kind, {.symmetric = symmetric, .bits = bits, .mse_whole_range = true}});
        }
      }
    }
  }
  return settings;
}

std::string Describe(const Setting& setting) {
  return std::string(CalibratorName(setting.kind)) + (setting.options.symmetric ? " symmetric " : " asymmetric ") +
         std::to_string(setting.options.bits) + " bits";
}

std::unique_ptr<Observer> Make(const Setting& setting) {
  Result<std::unique_ptr<Observer>> observer = MakeObserver(setting.kind, setting.options);
  REQUIRE(observer.ok());
  return std::move(observer).value();
}

QuantRange RangeOf(const Setting& setting, std::span<const float> samples, std::size_t batch) {
  const std::unique_ptr<Observer> observer = Make(setting);
  for (std::size_t i = 0; i < samples.size(); i += batch) {
    REQUIRE(observer->Observe(samples.subspan(i, std::min(batch, samples.size() - i))).ok());
  }
  return observer->Range();
}

}  // namespace

TEST_CASE("calibrators are spelt as the option spells them", "[quant]") {
  const std::vector<std::string> spellings = {"min-max", "moving-average", "percentile", "kl", "entropy", "mse",
                                              "aciq"};
  REQUIRE(kKinds.size() == spellings.size());
  for (std::size_t i = 0; i < spellings.size(); ++i) {
    CHECK(CalibratorName(kKinds[i]) == spellings[i]);
    const Result<CalibratorKind> parsed = ParseCalibrator(spellings[i]);
    REQUIRE(parsed.ok());
    CHECK(parsed.value() == kKinds[i]);
  }
  for (const char* unknown : {"", "min_max", "KL", "hessian"}) {
    const Result<CalibratorKind> parsed = ParseCalibrator(unknown);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == ErrorCode::config_invalid);
    CHECK(parsed.error().message == "calibrationStrategy is \"" + std::string(unknown) +
                                        "\"; allowed are min-max, moving-average, percentile, kl, entropy, mse, aciq.");
  }
}

TEST_CASE("options out of their bounds are refused by name", "[quant]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const CalibratorKind kind : kKinds) {
    for (const int bits : {-1, 0, 1, 9}) {
      const auto made = MakeObserver(kind, {.bits = bits});
      REQUIRE_FALSE(made.ok());
      CHECK(made.error().code == ErrorCode::config_invalid);
      CHECK(made.error().message.find("bits is " + std::to_string(bits)) == 0);
    }
    for (const double percentile : {0.0, -0.5, 1.5, nan}) {
      const auto made = MakeObserver(kind, {.percentile = percentile});
      REQUIRE_FALSE(made.ok());
      CHECK(made.error().code == ErrorCode::config_invalid);
      CHECK(made.error().message.find("calibrationPercentile is") == 0);
    }
  }
}

TEST_CASE("nothing, and nothing but zeros, gives an empty range", "[quant]") {
  for (const Setting& setting : AllSettings()) {
    INFO(Describe(setting));
    const std::unique_ptr<Observer> observer = Make(setting);
    CHECK(observer->Range() == QuantRange{0.0f, 0.0f});
    REQUIRE(observer->Observe({}).ok());
    CHECK(observer->Range() == QuantRange{0.0f, 0.0f});
    REQUIRE(observer->Observe(std::vector<float>{0.0f, -0.0f, 0.0f}).ok());
    CHECK(observer->Range() == QuantRange{0.0f, 0.0f});
  }
}

TEST_CASE("a constant is its own range", "[quant]") {
  const float largest = std::numeric_limits<float>::max();
  const float subnormal = std::numeric_limits<float>::denorm_min();
  for (const Setting& setting : AllSettings()) {
    for (const float x : {1.0f, -3.7f, 1e-30f, -subnormal, 3.0f * subnormal, largest, -largest}) {
      for (const std::size_t count : {std::size_t{1}, std::size_t{1000}}) {
        INFO(Describe(setting) << " of " << count << " times " << x);
        const QuantRange range = RangeOf(setting, std::vector<float>(count, x), 100);
        const float magnitude = std::abs(x);
        const bool is_symmetric = setting.options.symmetric;
        CHECK(range.max == (is_symmetric ? magnitude : x));
        CHECK(range.min == (is_symmetric ? -magnitude : x));
      }
    }
  }
}

TEST_CASE("a range stays inside what was seen, and is never empty where values are not zero", "[quant]") {
  const float largest = std::numeric_limits<float>::max();
  const float subnormal = std::numeric_limits<float>::denorm_min();
  std::vector<float> negative = Samples(Distribution::log_normal, 3000, 1);
  for (float& x : negative) x = -x;
  std::vector<float> far_from_zero = Samples(Distribution::gaussian, 3000, 2);
  for (float& x : far_from_zero) x = x * 0.01f + 500.0f;
  std::vector<float> sparse(5000, 0.0f);
  sparse[77] = 2.0f;
  const std::vector<std::vector<float>> inputs = {
      Samples(Distribution::student_t3, 3000, 3),
      Samples(Distribution::relu_of_gaussian, 3000, 4),
      negative,
      far_from_zero,
      sparse,
      {-largest, largest, 1.0f, 0.0f},
      {-subnormal, subnormal, 4.0f * subnormal},
      {largest, subnormal},
      {1.0f, 2.0f},
  };
  for (const Setting& setting : AllSettings()) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      INFO(Describe(setting) << ", input " << i);
      const QuantRange range = RangeOf(setting, inputs[i], 64);
      const auto [min, max] = std::minmax_element(inputs[i].begin(), inputs[i].end());
      REQUIRE(std::isfinite(range.min));
      REQUIRE(std::isfinite(range.max));
      CHECK(range.min <= range.max);
      CHECK(std::max(range.max, -range.min) > 0.0f);
      if (setting.options.symmetric) {
        CHECK(range.min == -range.max);
        CHECK(range.max <= std::max(*max, -*min));
      } else {
        CHECK(range.min >= *min);
        CHECK(range.max <= *max);
      }
    }
  }
}

TEST_CASE("a NaN or an infinity is refused by name and leaves the observer as it was", "[quant]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> samples = Samples(Distribution::gaussian, 500, 9);
  std::vector<float> twice = samples;
  twice.insert(twice.end(), samples.begin(), samples.end());
  for (const Setting& setting : AllSettings()) {
    INFO(Describe(setting));
    const std::unique_ptr<Observer> observer = Make(setting);
    REQUIRE(observer->Observe(samples).ok());
    const QuantRange before = observer->Range();
    for (const float bad : {nan, infinity, -infinity}) {
      const Status status = observer->Observe(std::vector<float>{100.0f, -100.0f, bad, 1.0f});
      REQUIRE_FALSE(status.ok());
      CHECK(status.error().code == ErrorCode::calibration_not_finite);
      CHECK(status.error().message.find("Value 2 of calibration batch 1 is ") == 0);
    }
    CHECK(observer->Range() == before);
    REQUIRE(observer->Observe(samples).ok());
    CHECK(observer->Range() == RangeOf(setting, twice, samples.size()));
  }
}

TEST_CASE("the range does not depend on how the values are split into batches", "[quant]") {
  const std::vector<float> samples = Samples(Distribution::student_t3, 4000, 11);
  for (const Setting& setting : AllSettings()) {
    if (setting.kind == CalibratorKind::moving_average) continue;  // its batches have a meaning
    INFO(Describe(setting));
    const QuantRange whole = RangeOf(setting, samples, samples.size());
    CHECK(RangeOf(setting, samples, 1) == whole);
    CHECK(RangeOf(setting, samples, 333) == whole);
  }
}

TEST_CASE("observing allocates nothing, however much it is", "[quant]") {
  const std::vector<float> samples = Samples(Distribution::student_t3, 2000, 12);
  for (const Setting& setting : AllSettings()) {
    INFO(Describe(setting));
    const std::unique_ptr<Observer> observer = Make(setting);
    const std::size_t before = AllocationCount();
    bool all_ok = true;
    for (int batch = 0; batch < 20; ++batch) all_ok = observer->Observe(samples).ok() && all_ok;
    const std::size_t after = AllocationCount();
    CHECK(all_ok);
    CHECK(after == before);
  }
}

}  // namespace alice
