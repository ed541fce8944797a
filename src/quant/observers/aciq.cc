#include "quant/observers/aciq.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "numeric/portable_math.h"
#include "quant/observers/range_search.h"

namespace alice {
namespace {

/// The root of rounding(α)·α − excess(α), where `excess` falls, is convex and has the derivative −tail. The difference
/// is concave and rising, so that Newton steps from 0 approach the root from below.
template <typename Excess, typename Tail>
double Root(double slope, const Excess& excess, const Tail& tail) {
  double alpha = 0.0;
  for (;;) {
    const double step = (excess(alpha) - slope * alpha) / (slope + tail(alpha));
    if (!(step > 1e-12 * alpha)) return alpha;
    alpha += step;
  }
}

double IntervalsSquared(int bits) { return Exp2(2.0 * bits); }

/// Mean |x − centre| over the bins, and over the zeros too if they count.
double MeanDistance(const Histogram& histogram, double centre, bool with_zeros) {
  double sum = with_zeros ? static_cast<double>(histogram.zeros()) * std::abs(centre) : 0.0;
  for (int bin = -Histogram::kBins; bin < Histogram::kBins; ++bin) {
    const std::uint64_t count = histogram.Count(bin);
    if (count > 0) sum += static_cast<double>(count) * std::abs((bin + 0.5) * histogram.bin_width() - centre);
  }
  return sum / static_cast<double>(histogram.count() - (with_zeros ? 0 : histogram.zeros()));
}

/// α for the better fitting distribution.
double Clip(double variance, double mean_distance, int bits) {
  const double sigma = std::sqrt(std::max(variance, 0.0));
  const bool is_laplace = mean_distance < std::sqrt(std::numbers::pi / (2.0 * std::numbers::e)) * sigma;
  return is_laplace ? AciqLaplaceClip(bits) * mean_distance : AciqGaussianClip(bits) * sigma;
}

}  // namespace

double AciqGaussianClip(int bits) {
  const auto upper_tail = [](double a) { return 0.5 * Erfc(a / std::numbers::sqrt2); };
  const auto density = [](double a) { return Exp(-0.5 * a * a) * std::numbers::inv_sqrtpi / std::numbers::sqrt2; };
  return Root(
      1.0 / (6.0 * IntervalsSquared(bits)), [&](double a) { return density(a) - a * upper_tail(a); }, upper_tail);
}

double AciqLaplaceClip(int bits) {
  const auto tail = [](double a) { return Exp(-a); };
  return Root(1.0 / (3.0 * IntervalsSquared(bits)), tail, tail);
}

QuantRange AciqRange(const Histogram& histogram, const ObserverOptions& options) {
  const bool is_positive = histogram.min() >= 0.0f;
  const bool is_negative = histogram.max() <= 0.0f;
  QuantRange range;
  if (options.symmetric || is_positive || is_negative) {
    const double variance = histogram.sum_of_squares() / static_cast<double>(histogram.count() - histogram.zeros());
    const int bits = options.symmetric ? options.bits : options.bits + 1;
    const float clip = FiniteFloat(Clip(variance, MeanDistance(histogram, 0.0, false), bits));
    range = {is_positive && !options.symmetric ? 0.0f : -clip, is_negative && !options.symmetric ? 0.0f : clip};
  } else {
    const auto count = static_cast<double>(histogram.count());
    const double mean = histogram.sum() / count;
    const double variance = histogram.sum_of_squares() / count - mean * mean;
    const double clip = Clip(variance, MeanDistance(histogram, mean, true), options.bits);
    range = {FiniteFloat(mean - clip), FiniteFloat(mean + clip)};
  }
  return Reported(range, histogram, options);
}

}  // namespace alice
