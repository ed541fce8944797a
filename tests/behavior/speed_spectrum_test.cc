#include "behavior/speed_spectrum.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace alice {
namespace {

constexpr double kPi = 3.141592653589793;

TEST_CASE("a tone in a bin is found in that bin", "[behavior]") {
  for (const std::size_t count : {31u, 32u, 60u, 91u, 119u, 120u}) {
    for (std::size_t bin = 1; bin <= count / 2; ++bin) {
      std::vector<double> samples;
      for (std::size_t n = 0; n < count; ++n) {
        // The phase keeps a tone at half the rate from vanishing at every sample.
        samples.push_back(700 + 20 * std::sin(2 * kPi * static_cast<double>(bin * n) / static_cast<double>(count) + 1));
      }
      INFO(count << " samples, bin " << bin);
      CHECK(DominantFrequencyHz(samples) ==
            Approx(60.0 * static_cast<double>(bin) / static_cast<double>(count)).epsilon(1e-12));
    }
  }
}

TEST_CASE("the stronger of two tones wins", "[behavior]") {
  std::vector<double> samples;
  for (int n = 0; n < 120; ++n) {
    samples.push_back(100 + 20 * std::sin(2 * kPi * 6 * n / 120) + 21 * std::sin(2 * kPi * 40 * n / 120));
  }
  CHECK(DominantFrequencyHz(samples) == Approx(20));
}

TEST_CASE("no samples, one sample and equal samples have no frequency", "[behavior]") {
  std::vector<double> samples;
  CHECK(DominantFrequencyHz(samples) == 0);
  samples = {5};
  CHECK(DominantFrequencyHz(samples) == 0);
  samples.assign(60, 123.456);
  CHECK(DominantFrequencyHz(samples) == 0);
  samples.assign(60, 0);
  CHECK(DominantFrequencyHz(samples) == 0);
}

TEST_CASE("the speed is interpolated between middles and held outside", "[behavior]") {
  SpeedResampler resampler(500);  // 31 samples from −500 to 0 ms
  resampler.Add(-400, 100);
  resampler.Add(-200, 300);
  resampler.Add(-100, 0);
  const auto samples = resampler.Finish();
  REQUIRE(samples.size() == 31);
  const auto at = [&](int k) { return samples[static_cast<std::size_t>(k)]; };
  CHECK(at(0) == 100);                      // −500 ms
  CHECK(at(6) == Approx(100));              // −400 ms
  CHECK(at(9) == Approx(150));              // −350 ms
  CHECK(at(18) == Approx(300));             // −200 ms
  CHECK(at(21) == Approx(150));             // −150 ms
  CHECK(at(24) == Approx(0).margin(1e-9));  // −100 ms
  CHECK(at(30) == 0);
}

TEST_CASE("a short window has no samples, a long one its last two seconds", "[behavior]") {
  const auto count = [](double window_ms) {
    SpeedResampler resampler(window_ms);
    resampler.Add(-window_ms / 2, 1);
    return resampler.Finish().size();
  };
  CHECK(count(0) == 0);
  CHECK(count(499.9) == 0);
  CHECK(count(500) == 31);
  CHECK(count(1000) == 61);
  CHECK(count(2000) == kSpectrumMaxSamples);
  CHECK(count(1e9) == kSpectrumMaxSamples);
}

}  // namespace
}  // namespace alice
