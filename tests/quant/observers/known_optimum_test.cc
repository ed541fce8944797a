#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "quant/observers/aciq.h"
#include "quant/observers/observer.h"

// ACIQ and MSE on distributions whose best clip is known.

namespace alice {
namespace {

double NormalDensity(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2.0 * std::numbers::pi); }
double NormalUpperTail(double x) { return 0.5 * std::erfc(x / std::numbers::sqrt2); }

/// Simpson's rule over 4000 intervals.
double Integral(const std::function<double(double)>& f, double from, double to) {
  constexpr int kIntervals = 4000;
  const double h = (to - from) / kIntervals;
  double sum = f(from) + f(to);
  for (int i = 1; i < kIntervals; ++i) sum += f(from + i * h) * (i % 2 == 1 ? 4.0 : 2.0);
  return sum * h / 3.0;
}

/// Golden section; f must have one minimum in [low, high].
double Minimum(const std::function<double(double)>& f, double low, double high) {
  const double ratio = 1.0 / std::numbers::phi;
  while (high - low > 1e-7) {
    const double a = high - ratio * (high - low);
    const double b = low + ratio * (high - low);
    (f(a) < f(b) ? high : low) = f(a) < f(b) ? b : a;
  }
  return 0.5 * (low + high);
}

/// The clip with the least expected squared error: clipping beyond it by numerical integration, and the rounding noise
/// Δ²/12 of 2^bits intervals Δ = 2α / 2^bits.
double BestClip(const std::function<double(double)>& density_of_one_side, int bits) {
  const auto error = [&](double clip) {
    const auto clipped = [&](double x) { return 2.0 * (x - clip) * (x - clip) * density_of_one_side(x); };
    const double step = 2.0 * clip / std::exp2(bits);
    return Integral(clipped, clip, clip + 40.0) + step * step / 12.0;
  };
  return Minimum(error, 0.5, 15.0);
}

/// The value below which the share p of N(0, 1) lies, by bisection.
double NormalQuantile(double p) {
  double low = -10.0;
  double high = 10.0;
  for (int i = 0; i < 50; ++i) {
    const double middle = 0.5 * (low + high);
    (NormalUpperTail(-middle) < p ? low : high) = middle;
  }
  return low;
}

constexpr int kStrata = 20000;

/// One value for each of kStrata equally likely parts of N(0, 1): a sample without sampling noise.
const std::vector<float>& GaussianStrata() {
  static const std::vector<float> strata = [] {
    std::vector<float> values;
    for (int i = 0; i < kStrata; ++i) values.push_back(static_cast<float>(NormalQuantile((i + 0.5) / kStrata)));
    return values;
  }();
  return strata;
}

/// The same of the Laplace distribution with b = 1.
std::vector<float> LaplaceStrata() {
  std::vector<float> values;
  for (int i = 0; i < kStrata / 2; ++i) {
    const double x = -std::log((i + 0.5) / (kStrata / 2));
    values.push_back(static_cast<float>(x));
    values.push_back(static_cast<float>(-x));
  }
  return values;
}

std::vector<float> Map(std::vector<float> values, const std::function<float(float)>& f) {
  std::transform(values.begin(), values.end(), values.begin(), f);
  return values;
}

QuantRange RangeOf(CalibratorKind kind, const ObserverOptions& options, const std::vector<float>& samples) {
  auto observer = MakeObserver(kind, options);
  REQUIRE(observer.ok());
  REQUIRE((*observer)->Observe(samples).ok());
  return (*observer)->Range();
}

double RootMeanSquare(const std::vector<float>& values) {
  double sum = 0.0;
  for (const float x : values) sum += static_cast<double>(x) * static_cast<double>(x);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double Largest(const std::vector<float>& values) { return *std::max_element(values.begin(), values.end()); }

}  // namespace

TEST_CASE("ACIQ's clips minimize the expected error", "[quant]") {
  // As the paper prints them, cut or rounded to two decimals.
  const double gaussian[] = {1.71, 2.15, 2.55, 2.93, 3.28, 3.61, 3.92};
  const double laplace[] = {2.83, 3.89, 5.03, 6.20, 7.41, 8.64, 9.89};
  for (int bits = 2; bits <= 8; ++bits) {
    INFO(bits << " bits");
    CHECK(AciqGaussianClip(bits) == Approx(gaussian[bits - 2]).margin(0.01));
    CHECK(AciqLaplaceClip(bits) == Approx(laplace[bits - 2]).margin(0.01));
    // A minimum is found to the root of the accuracy of the values: √1e−12 by Simpson's rule.
    CHECK(AciqGaussianClip(bits) == Approx(BestClip(NormalDensity, bits)).epsilon(1e-5));
    const auto laplace_density = [](double x) { return 0.5 * std::exp(-x); };
    CHECK(AciqLaplaceClip(bits) == Approx(BestClip(laplace_density, bits)).epsilon(1e-5));
  }
}

TEST_CASE("ACIQ recovers the best clip of a Gaussian and of a Laplace distribution", "[quant]") {
  const std::vector<float>& gaussian = GaussianStrata();
  const std::vector<float> laplace = LaplaceStrata();
  const double sigma = RootMeanSquare(gaussian);
  CHECK(sigma == Approx(1.0).margin(1e-3));
  const double gaussian_largest = Largest(gaussian);
  const double laplace_bin = Largest(laplace) / 2048.0;
  double mean_distance = 0.0;
  for (const float x : laplace) mean_distance += std::abs(static_cast<double>(x)) / kStrata;
  for (int bits = 2; bits <= 8; ++bits) {
    for (const bool symmetric : {false, true}) {
      INFO(bits << " bits, symmetric " << symmetric);
      const ObserverOptions options{.symmetric = symmetric, .bits = bits};
      const QuantRange range = RangeOf(CalibratorKind::aciq, options, gaussian);
      const double clip = std::min(AciqGaussianClip(bits) * sigma, gaussian_largest);
      CHECK(range.max == Approx(clip).epsilon(1e-6));
      CHECK(range.min == Approx(-clip).epsilon(1e-6));

      // b is known to half a bin.
      const QuantRange heavy = RangeOf(CalibratorKind::aciq, options, laplace);
      const double laplace_clip = AciqLaplaceClip(bits);
      CHECK(heavy.max ==
            Approx(std::min(laplace_clip * mean_distance, Largest(laplace))).margin(laplace_clip * laplace_bin / 2.0));
      CHECK(heavy.min == Approx(-heavy.max).epsilon(1e-3));
    }
  }
}

TEST_CASE("ACIQ follows the mean and the scale, and mirrors what a ReLU has cut", "[quant]") {
  const std::vector<float>& gaussian = GaussianStrata();
  const double clip = AciqGaussianClip(4) * RootMeanSquare(gaussian);
  const std::vector<float> moved = Map(gaussian, [](float x) { return 3.0f * x + 2.0f; });
  const QuantRange range = RangeOf(CalibratorKind::aciq, {.bits = 4}, moved);
  CHECK(range.max == Approx(2.0 + 3.0 * clip).epsilon(1e-5));
  CHECK(range.min == Approx(2.0 - 3.0 * clip).epsilon(1e-5));

  const double half_clip = AciqGaussianClip(5) * RootMeanSquare(gaussian);
  const QuantRange relu =
      RangeOf(CalibratorKind::aciq, {.bits = 4}, Map(gaussian, [](float x) { return std::max(x, 0.0f); }));
  CHECK(relu.min == 0.0f);
  CHECK(relu.max == Approx(half_clip).epsilon(1e-5));
  const QuantRange negative =
      RangeOf(CalibratorKind::aciq, {.bits = 4}, Map(gaussian, [](float x) { return std::min(x, 0.0f); }));
  CHECK(negative.min == Approx(-half_clip).epsilon(1e-5));
  CHECK(negative.max == 0.0f);
}

TEST_CASE("MSE over the whole range recovers the best clip of a Gaussian", "[quant]") {
  const std::vector<float>& gaussian = GaussianStrata();
  for (const int bits : {2, 3, 4, 5}) {
    // The expected squared error of codes ±(2^(bits−1) − 1), integrated between the midpoints of the codes.
    const int highest = (1 << (bits - 1)) - 1;
    const auto error = [&](double clip) {
      const double step = clip / highest;
      double sum = 0.0;
      for (int code = 0; code <= highest; ++code) {
        const double value = code * step;
        const auto squared = [&](double x) { return (x - value) * (x - value) * NormalDensity(x); };
        sum += Integral(squared, code == 0 ? 0.0 : value - step / 2.0, code == highest ? 12.0 : value + step / 2.0);
      }
      return 2.0 * sum;
    };
    const double best = Minimum(error, 0.5, 4.0);
    INFO(bits << " bits: " << best);
    const QuantRange range =
        RangeOf(CalibratorKind::mse, {.symmetric = true, .bits = bits, .mse_whole_range = true}, gaussian);
    // The fine candidates are (2^(1/16) − 2^(−1/16)) / 16 of the clip apart: half of that, and a bin of the histogram.
    const double spacing = (std::exp2(1.0 / 16.0) - std::exp2(-1.0 / 16.0)) / 16.0;
    CHECK(range.max == Approx(best).margin(best * spacing / 2.0 + Largest(gaussian) / 2048.0));
  }
}

TEST_CASE("MSE keeps 80 % of the range and moves in steps of one hundredth, unless asked for the whole", "[quant]") {
  std::vector<float> samples = GaussianStrata();
  samples.push_back(10.0f);
  for (const bool symmetric : {false, true}) {
    ObserverOptions options{.symmetric = symmetric, .bits = 4};
    CHECK(RangeOf(CalibratorKind::mse, options, samples).max == Approx(8.0).epsilon(1e-6));
    options.mse_whole_range = true;
    CHECK(RangeOf(CalibratorKind::mse, options, samples).max < 5.0f);
  }
  // Mild tails at 8 bits: an optimum inside the 20 steps, and one of them.
  const double alpha =
      static_cast<double>(RangeOf(CalibratorKind::mse, {.symmetric = true, .bits = 6}, GaussianStrata()).max) /
      Largest(GaussianStrata());
  CHECK(alpha > 0.8);
  CHECK(alpha < 1.0);
  CHECK(alpha * 100.0 == Approx(std::round(alpha * 100.0)).margin(1e-4));
}

}  // namespace alice
