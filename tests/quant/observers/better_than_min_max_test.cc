#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "quant/observers/observer.h"
#include "quant/observers/quantizer_measures.h"
#include "quant/observers/sample_distributions.h"

// Each calibrator improves on min-max in what it promises, measured on the samples themselves: heavy tails (Laplace,
// Student's t with 3 degrees of freedom) and skew (log-normal, a Gaussian after ReLU).

namespace alice {
namespace {

using Measure = double (*)(const std::vector<float>&, QuantRange, const ObserverOptions&);

/// On bins of its own, not those of the histogram.
double KlOn5000Bins(const std::vector<float>& samples, QuantRange range, const ObserverOptions& options) {
  const auto [min, max] = std::minmax_element(samples.begin(), samples.end());
  return SampleKl(samples, range, options, static_cast<double>(std::max(-*min, *max)) / 4999.5);
}

double NegativeEntropy(const std::vector<float>& samples, QuantRange range, const ObserverOptions& options) {
  return -SampleEntropy(samples, range, options);
}

const std::vector<Distribution> kHeavyAndSkewed = {Distribution::laplace, Distribution::student_t3,
                                                   Distribution::log_normal};
// Thin tails: with many codes there may be nothing to gain from clipping them.
const std::vector<Distribution> kRelu = {Distribution::relu_of_gaussian};

QuantRange RangeOf(CalibratorKind kind, const ObserverOptions& options, const std::vector<float>& samples) {
  auto observer = MakeObserver(kind, options);
  REQUIRE(observer.ok());
  REQUIRE((*observer)->Observe(samples).ok());
  return (*observer)->Range();
}

void CheckLowerThanMinMax(CalibratorKind kind, ObserverOptions options, Measure measure,
                          const std::vector<Distribution>& distributions, const std::vector<int>& bit_widths) {
  for (const Distribution distribution : distributions) {
    for (const std::uint32_t seed : {101u, 102u}) {
      const std::vector<float> samples = Samples(distribution, 20000, seed);
      for (const int bits : bit_widths) {
        for (const bool symmetric : {false, true}) {
          options.bits = bits;
          options.symmetric = symmetric;
          const QuantRange range = RangeOf(kind, options, samples);
          const QuantRange full = RangeOf(CalibratorKind::min_max, options, samples);
          INFO(CalibratorName(kind) << ", distribution " << static_cast<int>(distribution) << ", seed " << seed << ", "
                                    << bits << " bits, symmetric " << symmetric << ": " << range.min << " … "
                                    << range.max << " of " << full.min << " … " << full.max);
          const double chosen = measure(samples, range, options);
          const double min_max = measure(samples, full, options);
          CHECK(chosen < min_max);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("MSE has a lower squared error than min-max", "[quant]") {
  for (const bool whole : {false, true}) {
    CheckLowerThanMinMax(CalibratorKind::mse, {.mse_whole_range = whole}, SampleMse, kHeavyAndSkewed, {4, 8});
    CheckLowerThanMinMax(CalibratorKind::mse, {.mse_whole_range = whole}, SampleMse, kRelu, {4});
  }
}

TEST_CASE("KL diverges less from the original than min-max", "[quant]") {
  CheckLowerThanMinMax(CalibratorKind::kl, {}, KlOn5000Bins, kHeavyAndSkewed, {4, 8});
}

TEST_CASE("entropy keeps more information than min-max", "[quant]") {
  CheckLowerThanMinMax(CalibratorKind::entropy, {}, NegativeEntropy, kHeavyAndSkewed, {4, 8});
  CheckLowerThanMinMax(CalibratorKind::entropy, {}, NegativeEntropy, kRelu, {4, 8});
}

TEST_CASE("ACIQ has a lower squared error than min-max", "[quant]") {
  // A log-normal is like neither of its models, and at 8 bits only the model's own distribution gains.
  CheckLowerThanMinMax(CalibratorKind::aciq, {}, SampleMse, {Distribution::laplace, Distribution::student_t3}, {4});
  CheckLowerThanMinMax(CalibratorKind::aciq, {}, SampleMse, kRelu, {4});
  const std::vector<float> samples = Samples(Distribution::laplace, 50000, 7);
  const ObserverOptions options{.symmetric = true};
  CHECK(SampleMse(samples, RangeOf(CalibratorKind::aciq, options, samples), options) <
        SampleMse(samples, RangeOf(CalibratorKind::min_max, options, samples), options));
}

TEST_CASE("percentile has a lower squared error than min-max where codes are few", "[quant]") {
  for (const bool sweep : {false, true}) {
    CheckLowerThanMinMax(CalibratorKind::percentile, {.percentile_auto = sweep}, SampleMse, kHeavyAndSkewed, {4});
    CheckLowerThanMinMax(CalibratorKind::percentile, {.percentile_auto = sweep}, SampleMse, kRelu, {4});
  }
}

TEST_CASE("a moving average forgets an outlier that min-max keeps", "[quant]") {
  std::vector<float> samples = Samples(Distribution::gaussian, 20000, 31);
  samples[5000] = 200.0f;
  for (const int bits : {4, 8}) {
    for (const bool symmetric : {false, true}) {
      const ObserverOptions options{.symmetric = symmetric, .bits = bits};
      auto average = MakeObserver(CalibratorKind::moving_average, options);
      REQUIRE(average.ok());
      for (std::size_t i = 0; i < samples.size(); i += 200) {
        REQUIRE((*average)->Observe(std::span(samples).subspan(i, 200)).ok());
      }
      // The outlier is one value of 20000: what it costs when clipped is the same for both, so it is left out.
      std::vector<float> others = samples;
      others.erase(others.begin() + 5000);
      const QuantRange range = (*average)->Range();
      CHECK(range.max < 5.0f);
      CHECK(SampleMse(others, range, options) <
            SampleMse(others, RangeOf(CalibratorKind::min_max, options, samples), options));
    }
  }
}

TEST_CASE("where nothing is gained by clipping, nothing is clipped", "[quant]") {
  const std::vector<float> samples = Samples(Distribution::uniform, 20000, 41);
  for (const bool symmetric : {false, true}) {
    for (const CalibratorKind kind : {CalibratorKind::kl, CalibratorKind::mse, CalibratorKind::aciq}) {
      const ObserverOptions options{.symmetric = symmetric, .mse_whole_range = true};
      const QuantRange range = RangeOf(kind, options, samples);
      const QuantRange full = RangeOf(CalibratorKind::min_max, options, samples);
      INFO(CalibratorName(kind) << ", symmetric " << symmetric);
      // Clipping half a step at either end costs no more than rounding does; more of it does.
      const float half_step = 1.0f / 255.0f;
      CHECK(range.max >= full.max - half_step);
      CHECK(range.min <= full.min + half_step);
    }
  }
}

}  // namespace alice
