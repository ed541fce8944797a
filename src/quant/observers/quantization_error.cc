#include "quant/observers/quantization_error.h"

#include <algorithm>
#include <cmath>

#include "numeric/rounding.h"

namespace alice {
namespace {

/// ∫₀ᵘ (t − nearest integer to t)² dt = k/12 + (u − k)³/3 with k the integer nearest to u.
double RoundingIntegral(double u) {
  const double k = std::floor(u + 0.5);
  const double rest = u - k;
  return k / 12.0 + rest * rest * rest / 3.0;
}

/// The antiderivative of the squared error at u, all in steps.
class ErrorIntegral {
 public:
  explicit ErrorIntegral(const QuantGrid& grid)
      : lowest_(grid.lowest),
        highest_(grid.highest),
        at_lowest_(RoundingIntegral(lowest_)),
        at_highest_(RoundingIntegral(highest_)) {}

  [[nodiscard]] double At(double u) const {
    if (u < lowest_) return at_lowest_ + Cube(u - lowest_) / 3.0;
    if (u > highest_) return at_highest_ + Cube(u - highest_) / 3.0;
    return RoundingIntegral(u);
  }

 private:
  static double Cube(double x) { return x * x * x; }

  double lowest_;
  double highest_;
  double at_lowest_;
  double at_highest_;
};

}  // namespace

QuantGrid GridOf(QuantRange range, const ObserverOptions& options) {
  const double low = std::min(range.min, 0.0f);
  const double high = std::max(range.max, 0.0f);
  if (options.symmetric) {
    const int limit = (1 << (options.bits - 1)) - 1;
    const double step = std::max(high, -low) / limit;
    return {step > 0.0 ? step : 1.0, -limit, limit};
  }
  const int codes = 1 << options.bits;
  const double step = (high - low) / (codes - 1);
  if (!(step > 0.0)) return {1.0, 0, codes - 1};
  const int zero_point = RoundClamp(static_cast<float>(-low / step), 0, codes - 1);
  return {step, -zero_point, codes - 1 - zero_point};
}

double QuantizationMse(const Histogram& histogram, const QuantGrid& grid) {
  const ErrorIntegral integral(grid);
  const double steps_per_bin = histogram.bin_width() / grid.step;
  double sum = 0.0;
  int known = -Histogram::kBins - 1;  // the edge where the integral is `at_known`
  double at_known = 0.0;
  for (int bin = -Histogram::kBins; bin < Histogram::kBins; ++bin) {
    const std::uint64_t count = histogram.Count(bin);
    if (count == 0) continue;
    const double at_lower = bin == known ? at_known : integral.At(bin * steps_per_bin);
    known = bin + 1;
    at_known = integral.At(known * steps_per_bin);
    sum += static_cast<double>(count) * (at_known - at_lower);
  }
  return sum / steps_per_bin * grid.step * grid.step / static_cast<double>(histogram.count());
}

}  // namespace alice
