#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "quant/observers/observer.h"
#include "quant/observers/quantizer_measures.h"
#include "quant/observers/sample_distributions.h"

// min-max, moving average and percentile: ranges that can be told from the samples by hand.

namespace alice {
namespace {

std::unique_ptr<Observer> Make(CalibratorKind kind, const ObserverOptions& options) {
  auto observer = MakeObserver(kind, options);
  REQUIRE(observer.ok());
  return std::move(observer).value();
}

QuantRange RangeOf(CalibratorKind kind, const ObserverOptions& options, const std::vector<float>& samples) {
  const auto observer = Make(kind, options);
  REQUIRE(observer->Observe(samples).ok());
  return observer->Range();
}

/// 1/n, 2/n … 1 in another order: the k-th smallest is k/n.
std::vector<float> Ramp(int n) {
  std::vector<float> samples;
  for (int i = 1; i <= n; ++i) samples.push_back(static_cast<float>(i) / static_cast<float>(n));
  std::shuffle(samples.begin(), samples.end(), std::mt19937(4));
  return samples;
}

double ShareOutside(const std::vector<float>& samples, QuantRange range) {
  const auto outside =
      std::count_if(samples.begin(), samples.end(), [&](float x) { return x < range.min || x > range.max; });
  return static_cast<double>(outside) / static_cast<double>(samples.size());
}

}  // namespace

TEST_CASE("min-max takes the extremes of all batches", "[quant]") {
  for (const bool symmetric : {false, true}) {
    const auto observer = Make(CalibratorKind::min_max, {.symmetric = symmetric});
    REQUIRE(observer->Observe(std::vector<float>{0.5f, 2.0f}).ok());
    CHECK(observer->Range() == (symmetric ? QuantRange{-2.0f, 2.0f} : QuantRange{0.5f, 2.0f}));
    REQUIRE(observer->Observe(std::vector<float>{-3.0f, 1.0f}).ok());
    REQUIRE(observer->Observe(std::vector<float>{0.0f}).ok());
    CHECK(observer->Range() == (symmetric ? QuantRange{-3.0f, 3.0f} : QuantRange{-3.0f, 2.0f}));
  }
}

TEST_CASE("the moving average follows its formula and its schedule", "[quant]") {
  // Powers of two and their sums: exact.
  const auto observer = Make(CalibratorKind::moving_average, {});
  REQUIRE(observer->Observe(std::vector<float>{-1.0f, 0.0f, 8.0f}).ok());
  CHECK(observer->Range() == QuantRange{-1.0f, 8.0f});
  REQUIRE(observer->Observe({}).ok());
  REQUIRE(observer->Observe(std::vector<float>{-3.0f, 16.0f}).ok());
  CHECK(observer->Range() == QuantRange{-2.0f, 12.0f});
  REQUIRE(observer->Observe(std::vector<float>{-2.0f, 0.0f}).ok());
  CHECK(observer->Range() == QuantRange{-2.0f, 6.0f});

  const auto symmetric = Make(CalibratorKind::moving_average, {.symmetric = true});
  REQUIRE(symmetric->Observe(std::vector<float>{-4.0f, 2.0f}).ok());
  REQUIRE(symmetric->Observe(std::vector<float>{-2.0f, 6.0f}).ok());
  CHECK(symmetric->Range() == QuantRange{-4.0f, 4.0f});
}

TEST_CASE("the moving average's constant is 0.5, 0.2, 0.1, changing after 50 and 200 batches", "[quant]") {
  // While all batches are alike the average stays; the first other one moves it by c of the difference.
  const std::vector<float> ones = {0.0f, 1.0f};
  const std::vector<float> other = {0.0f, 2.0f};
  const auto constant_at = [&](int batch) {
    const auto observer = Make(CalibratorKind::moving_average, {});
    for (int i = 1; i < batch; ++i) REQUIRE(observer->Observe(ones).ok());
    REQUIRE(observer->Observe(other).ok());
    return observer->Range().max - 1.0f;
  };
  const float float_rounding = 2e-7f;
  CHECK(constant_at(1) == 1.0f);
  CHECK(constant_at(2) == 0.5f);
  CHECK(constant_at(50) == 0.5f);
  CHECK(constant_at(51) == Approx(0.2f).margin(float_rounding));
  CHECK(constant_at(200) == Approx(0.2f).margin(float_rounding));
  CHECK(constant_at(201) == Approx(0.1f).margin(float_rounding));
  CHECK(constant_at(500) == Approx(0.1f).margin(float_rounding));
}

TEST_CASE("a percentile is the nearest-rank quantile to within a bin, and never inside it", "[quant]") {
  const std::vector<float> ramp = Ramp(10000);
  const float bin = 1.0f / 2048.0f;
  const auto check_upper = [&](float edge, float quantile) {
    INFO(edge << " for " << quantile);
    CHECK(edge >= quantile);
    CHECK(edge <= quantile + bin);
  };
  for (const double percentile : {0.5, 0.9, 0.99, 0.999, 0.9995, 0.9999, 1.0}) {
    INFO("percentile " << percentile);
    const QuantRange symmetric =
        RangeOf(CalibratorKind::percentile, {.symmetric = true, .percentile = percentile}, ramp);
    check_upper(symmetric.max, static_cast<float>(percentile));
    CHECK(symmetric.min == -symmetric.max);

    // Both tails alike: of 10000 values ⌊10000·(1 − p)/2⌋ are cut at each end.
    const double cut = std::floor(10000.0 * (1.0 - percentile) / 2.0 + 1e-6) / 10000.0;
    const QuantRange range = RangeOf(CalibratorKind::percentile, {.percentile = percentile}, ramp);
    check_upper(range.max, static_cast<float>(1.0 - cut));
    check_upper(-range.min, static_cast<float>(-cut - 0.0001));
    CHECK(ShareOutside(ramp, range) <= 1.0 - percentile + 1e-9);
    CHECK(ShareOutside(ramp, symmetric) <= 1.0 - percentile + 1e-9);
  }
}

TEST_CASE("percentiles of values of both signs", "[quant]") {
  std::vector<float> samples = Ramp(1000);
  for (const float x : Ramp(1000)) samples.push_back(-4.0f * x);
  // |x|: 2000 values, 20 above the 0.99-quantile: the largest of −4·x.
  const QuantRange symmetric = RangeOf(CalibratorKind::percentile, {.symmetric = true, .percentile = 0.99}, samples);
  const float bin = 4.0f / 2048.0f;
  CHECK(symmetric.max >= 4.0f * 0.98f);
  CHECK(symmetric.max <= 4.0f * 0.98f + bin);
  // 10 at each end.
  const QuantRange range = RangeOf(CalibratorKind::percentile, {.percentile = 0.99}, samples);
  CHECK(range.max >= 0.99f);
  CHECK(range.max <= 0.99f + bin);
  CHECK(range.min <= -4.0f * 0.99f);
  CHECK(range.min >= -4.0f * 0.99f - bin);
}

TEST_CASE("a percentile among zeros is 0, and where both are the full range is taken", "[quant]") {
  std::vector<float> samples(10000, 0.0f);
  for (std::size_t i = 0; i < 100; ++i) samples[i] = 1.0f + static_cast<float>(i) / 100.0f;
  // The 25 largest are clipped; the next is 1.74.
  CHECK(RangeOf(CalibratorKind::percentile, {.percentile = 0.995}, samples).min == 0.0f);
  CHECK(RangeOf(CalibratorKind::percentile, {.percentile = 0.995}, samples).max == Approx(1.74f).margin(2.0 / 2048.0));
  for (const bool symmetric : {false, true}) {
    const QuantRange range = RangeOf(CalibratorKind::percentile, {.symmetric = symmetric, .percentile = 0.9}, samples);
    CHECK(range == QuantRange{symmetric ? -1.99f : 0.0f, 1.99f});
  }
}

TEST_CASE("zeros rank between the negative and the positive values", "[quant]") {
  // From below: 100 times −1, 100 times −2^−20 (in the bin next to 0), 600 zeros, 200 times 1.
  std::vector<float> samples(1000, 0.0f);
  std::fill_n(samples.begin(), 100, -1.0f);
  std::fill_n(samples.begin() + 100, 100, -0x1p-20f);
  std::fill_n(samples.begin() + 200, 200, 1.0f);
  const float bin = 1.0f / 2048.0f;
  // 250 cut at each end: both quantiles are zeros, so nothing is.
  CHECK(RangeOf(CalibratorKind::percentile, {.percentile = 0.5}, samples) == QuantRange{-1.0f, 1.0f});
  // 150 at each end: from below a value next to 0, from above 1.
  CHECK(RangeOf(CalibratorKind::percentile, {.percentile = 0.7}, samples) == QuantRange{-bin, 1.0f});
}

TEST_CASE("auto takes the percentile with the lowest quantization error", "[quant]") {
  for (const Distribution distribution :
       {Distribution::uniform, Distribution::gaussian, Distribution::student_t3, Distribution::log_normal}) {
    const std::vector<float> samples = Samples(distribution, 20000, 21);
    for (const int bits : {2, 4, 8}) {
      for (const bool symmetric : {false, true}) {
        ObserverOptions options{.symmetric = symmetric, .bits = bits, .percentile_auto = true};
        const QuantRange chosen = RangeOf(CalibratorKind::percentile, options, samples);
        options.percentile_auto = false;
        double lowest = SampleMse(samples, chosen, options);
        bool is_candidate = false;
        for (const double percentile : {0.999, 0.9995, 0.9999, 1.0}) {
          options.percentile = percentile;
          const QuantRange range = RangeOf(CalibratorKind::percentile, options, samples);
          is_candidate = is_candidate || range == chosen;
          lowest = std::min(lowest, SampleMse(samples, range, options));
        }
        INFO(static_cast<int>(distribution) << " " << bits << " bits, symmetric " << symmetric);
        CHECK(is_candidate);
        CHECK(SampleMse(samples, chosen, options) <= lowest * 1.01);
      }
    }
  }
}

}  // namespace alice
