#include "quant/observers/percentile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quant/observers/quantization_error.h"
#include "quant/observers/range_search.h"

namespace alice {
namespace {

/// At most this many of n values may be clipped; the factor makes up for the rounding of 1 − share.
std::uint64_t Allowance(double share, std::uint64_t n) {
  return static_cast<std::uint64_t>(std::floor(share * static_cast<double>(n) * (1.0 + 1e-9)));
}

/// The lowest bin edge with at most `allowance` values above it; with sign −1 for the values −x.
double OuterEdge(const Histogram& histogram, int sign, std::uint64_t allowance) {
  std::uint64_t outside = 0;
  for (int bin = Histogram::kBins - 1; bin >= -Histogram::kBins; --bin) {
    if (bin == -1) {
      outside += histogram.zeros();
      if (outside > allowance) return 0.0;
    }
    outside += histogram.Count(sign > 0 ? bin : -1 - bin);
    if (outside > allowance) return (bin + 1) * histogram.bin_width();
  }
  return -Histogram::kBins * histogram.bin_width();
}

/// The lowest bin edge with at most `allowance` magnitudes above it.
double OuterMagnitude(const Histogram& histogram, std::uint64_t allowance) {
  std::uint64_t outside = 0;
  for (int bin = Histogram::kBins - 1; bin >= 0; --bin) {
    outside += histogram.Count(bin) + histogram.Count(-1 - bin);
    if (outside > allowance) return (bin + 1) * histogram.bin_width();
  }
  return 0.0;
}

QuantRange RangeKeeping(double share, const Histogram& histogram, const ObserverOptions& options) {
  QuantRange range;
  if (options.symmetric) {
    range.max = FiniteFloat(OuterMagnitude(histogram, Allowance(1.0 - share, histogram.count())));
    range.min = -range.max;
  } else {
    const std::uint64_t allowance = Allowance((1.0 - share) / 2.0, histogram.count());
    range = {FiniteFloat(0.0 - OuterEdge(histogram, -1, allowance)), FiniteFloat(OuterEdge(histogram, 1, allowance))};
  }
  if (range.min >= 0.0f && range.max <= 0.0f) range = WidestRange(histogram, options);
  return Reported(range, histogram, options);
}

}  // namespace

QuantRange PercentileRange(const Histogram& histogram, const ObserverOptions& options) {
  if (!options.percentile_auto) return RangeKeeping(options.percentile, histogram, options);
  QuantRange best;
  double best_mse = std::numeric_limits<double>::infinity();
  for (const double share : {1.0, 0.9999, 0.9995, 0.999}) {
    const QuantRange range = RangeKeeping(share, histogram, options);
    const double mse = QuantizationMse(histogram, GridOf(range, options));
    if (mse < best_mse) {
      best = range;
      best_mse = mse;
    }
  }
  return best;
}

}  // namespace alice
