#include "quant/observers/histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "quant/observers/sample_distributions.h"

namespace alice {
namespace {

constexpr int kBins = Histogram::kBins;

Histogram HistogramOf(const std::vector<float>& samples, std::size_t batch) {
  Histogram histogram;
  const std::span<const float> all(samples);
  for (std::size_t i = 0; i < all.size(); i += batch) histogram.Add(all.subspan(i, std::min(batch, all.size() - i)));
  return histogram;
}

void CheckSameBins(const Histogram& a, const Histogram& b) {
  CHECK(a.bin_width() == b.bin_width());
  CHECK(a.count() == b.count());
  CHECK(a.zeros() == b.zeros());
  CHECK(a.min() == b.min());
  CHECK(a.max() == b.max());
  bool same = true;
  for (int bin = -kBins; bin < kBins; ++bin) same = same && a.Count(bin) == b.Count(bin);
  CHECK(same);
}

}  // namespace

TEST_CASE("every value is in the bin its definition says", "[quant]") {
  std::vector<float> samples = Samples(Distribution::student_t3, 5000, 3);
  samples.insert(samples.end(), {0.0f, -0.0f, 0.5f, -0.5f, 1.0f, -1.0f, 32.0f, -32.0f});
  const Histogram histogram = HistogramOf(samples, 17);
  const double width = histogram.bin_width();
  std::map<int, std::uint64_t> expected;
  for (const float x : samples) {
    if (x > 0.0f) ++expected[static_cast<int>(std::floor(x / width))];
    if (x < 0.0f) ++expected[static_cast<int>(std::ceil(x / width)) - 1];
  }
  bool same = true;
  for (int bin = -kBins; bin < kBins; ++bin) same = same && histogram.Count(bin) == expected[bin];
  CHECK(same);
  CHECK(histogram.zeros() == 2);
  CHECK(histogram.count() == samples.size());
}

TEST_CASE("between 2048 and 4096 bins lie below the largest magnitude, whatever it is", "[quant]") {
  const float largest = std::numeric_limits<float>::max();
  const float subnormal = std::numeric_limits<float>::denorm_min();
  for (const float magnitude : {subnormal, 3.0f * subnormal, std::numeric_limits<float>::min(), 1e-20f, 0.9999999f,
                                1.0f, 1.0000001f, 3.0f, 4095.0f, 4096.0f, 1e20f, largest}) {
    for (const float sign : {1.0f, -1.0f}) {
      INFO(magnitude << " with sign " << sign);
      Histogram histogram;
      histogram.Add(std::vector<float>{sign * magnitude});
      const double bins = static_cast<double>(magnitude) / histogram.bin_width();
      CHECK(bins >= 2048.0);
      CHECK(bins < 4096.0);
      const int distance = static_cast<int>(bins);
      CHECK(histogram.Count(sign > 0.0f ? distance : -1 - distance) == 1);
    }
  }
}

TEST_CASE("the histogram does not depend on the order of the values, nor on batches", "[quant]") {
  std::vector<float> samples = Samples(Distribution::log_normal, 4000, 5);
  for (std::size_t i = 0; i < samples.size(); i += 3) samples[i] = -samples[i];
  samples.insert(samples.end(), {1e-40f, -1e-30f, 1e-6f, 0.0f});
  const Histogram whole = HistogramOf(samples, samples.size());

  CheckSameBins(whole, HistogramOf(samples, 1));
  CheckSameBins(whole, HistogramOf(samples, 999));
  CHECK(whole.sum() == HistogramOf(samples, 7).sum());
  CHECK(whole.sum_of_squares() == HistogramOf(samples, 7).sum_of_squares());

  const auto by_magnitude = [](float a, float b) { return std::abs(a) < std::abs(b); };
  std::sort(samples.begin(), samples.end(), by_magnitude);
  CheckSameBins(whole, HistogramOf(samples, 1));
  std::reverse(samples.begin(), samples.end());
  CheckSameBins(whole, HistogramOf(samples, 1));
  std::shuffle(samples.begin(), samples.end(), std::mt19937(8));
  CheckSameBins(whole, HistogramOf(samples, 10));
}

TEST_CASE("values of the other sign give the mirrored histogram", "[quant]") {
  std::vector<float> samples = Samples(Distribution::gaussian, 3000, 6);
  const Histogram histogram = HistogramOf(samples, 100);
  for (float& x : samples) x = -x;
  const Histogram mirrored = HistogramOf(samples, 100);
  bool same = true;
  for (int bin = 0; bin < kBins; ++bin) {
    same = same && histogram.Count(bin) == mirrored.Count(-1 - bin) && histogram.Count(-1 - bin) == mirrored.Count(bin);
  }
  CHECK(same);
  CHECK(histogram.sum() == -mirrored.sum());
}

}  // namespace alice
