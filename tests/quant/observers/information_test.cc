#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "quant/observers/entropy.h"
#include "quant/observers/histogram.h"
#include "quant/observers/kl.h"
#include "quant/observers/quantizer_measures.h"
#include "quant/observers/range_search.h"
#include "quant/observers/sample_distributions.h"

// The measures of information that kl and entropy search by.

namespace alice {
namespace {

Histogram HistogramOf(const std::vector<float>& samples) {
  Histogram histogram;
  histogram.Add(samples);
  return histogram;
}

}  // namespace

TEST_CASE("the divergence is that of its definition, on the samples", "[quant]") {
  std::vector<float> samples = Samples(Distribution::laplace, 20000, 51);
  for (std::size_t i = 0; i < samples.size(); i += 10) samples[i] = 0.0f;
  const Histogram histogram = HistogramOf(samples);
  const double width = histogram.bin_width();
  for (const int bits : {2, 4, 8}) {
    for (const bool symmetric : {false, true}) {
      for (const int span : {256, 512, 1024}) {
        // Half a bin inside an edge: rounded out to it. The ends lie where every bin holds values.
        const int low = symmetric ? -span : -span / 4;
        const int high = symmetric ? span : span - span / 4;
        const QuantRange range{static_cast<float>((low + 0.5) * width), static_cast<float>((high - 0.5) * width)};
        const ObserverOptions options{.symmetric = symmetric, .bits = bits};
        INFO(bits << " bits, symmetric " << symmetric << ", " << span << " bins");
        const double expected = SampleKl(samples, range, options, width);
        CHECK(expected > 0.0);
        // Sums of 20000 logarithms, relative to sums of their magnitude.
        CHECK(KlDivergence(histogram, range, options) == Approx(expected).margin(1e-10));
      }
    }
  }
}

TEST_CASE("a range with fewer bins than levels, or with no value in it, is refused", "[quant]") {
  const Histogram histogram = HistogramOf({5.0f, 5.5f, 6.0f});
  const float width = static_cast<float>(histogram.bin_width());
  CHECK(KlDivergence(histogram, {0.0f, 100.0f * width}, {}) == std::numeric_limits<double>::infinity());
  CHECK(KlDivergence(histogram, {0.0f, 4.0f}, {}) == std::numeric_limits<double>::infinity());
  CHECK(std::isfinite(KlDivergence(histogram, {0.0f, 6.0f}, {})));
}

TEST_CASE("entropy gives each of equally likely values a code of its own", "[quant]") {
  // −7 … 7 equally often, and an outlier: at 4 bits only steps near 1 tell all 15 apart.
  std::vector<float> samples;
  for (int i = 0; i < 15 * 100; ++i) samples.push_back(static_cast<float>(i % 15 - 7));
  samples.push_back(20.0f);
  const ObserverOptions options{.symmetric = true, .bits = 4};
  const double best = SampleEntropy(samples, {-7.0f, 7.0f}, options);
  CHECK(best == Approx(std::log2(15.0)).margin(0.01));
  CHECK(SampleEntropy(samples, EntropyRange(HistogramOf(samples), options), options) == Approx(best).epsilon(1e-12));

  // 0 … 15: likewise with a zero point.
  for (float& x : samples) x = x == 20.0f ? 40.0f : x + 7.0f;
  for (int i = 0; i < 100; ++i) samples.push_back(15.0f);
  const ObserverOptions asymmetric{.bits = 4};
  CHECK(SampleEntropy(samples, EntropyRange(HistogramOf(samples), asymmetric), asymmetric) ==
        Approx(SampleEntropy(samples, {0.0f, 15.0f}, asymmetric)).epsilon(1e-12));
}

TEST_CASE("the search finds the lowest cost, both ends apart when asymmetric", "[quant]") {
  const auto distance = [](QuantRange range) {
    return std::abs(std::log(range.max / 3.0)) + (range.min < 0.0f ? std::abs(std::log(-range.min / 0.5)) : 9.0);
  };
  // Within half of a fine step, (2^(1/16) − 2^(−1/16)) / 16.
  const double half_step = (std::exp2(1.0 / 16.0) - std::exp2(-1.0 / 16.0)) / 32.0;
  const QuantRange found = SearchRange({-100.0f, 100.0f}, false, distance);
  CHECK(found.max == Approx(3.0).epsilon(half_step));
  CHECK(found.min == Approx(-0.5).epsilon(half_step));
  const auto symmetric = [](QuantRange range) { return std::abs(std::log(range.max / 7.0)); };
  CHECK(SearchRange({-100.0f, 100.0f}, true, symmetric).max == Approx(7.0).epsilon(half_step));
  // Nothing is better than the widest: it stays.
  CHECK(SearchRange({-1.0f, 2.0f}, false, [](QuantRange) { return 1.0; }) == QuantRange{-1.0f, 2.0f});
}

}  // namespace alice
