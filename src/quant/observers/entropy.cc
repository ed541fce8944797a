#include "quant/observers/entropy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "numeric/portable_math.h"
#include "quant/observers/quantization_error.h"
#include "quant/observers/range_search.h"

namespace alice {
namespace {

/// How many values lie below each bin −kBins … kBins; zeros count as below bin 0.
std::vector<double> CumulativeCounts(const Histogram& histogram) {
  std::vector<double> below;
  below.reserve(Histogram::kEdges);
  double total = 0.0;
  for (int bin = -Histogram::kBins; bin <= Histogram::kBins; ++bin) {
    if (bin == 0) total += static_cast<double>(histogram.zeros());
    below.push_back(total);
    if (bin < Histogram::kBins) total += static_cast<double>(histogram.Count(bin));
  }
  return below;
}

/// −H in nats of the codes of `grid`; +∞ where its step is below a bin's width.
double NegativeEntropy(const std::vector<double>& below, const QuantGrid& grid, double bin_width) {
  const double bins_per_step = grid.step / bin_width;
  if (bins_per_step < 1.0) return std::numeric_limits<double>::infinity();
  const double total = below.back();
  double sum = 0.0;
  double counted = 0.0;
  for (int code = grid.lowest; code <= grid.highest; ++code) {
    double up_to = total;
    if (code < grid.highest) {
      // The first bin whose centre is nearer to the next code. Steps are no smaller than bins: the zeros go to code 0.
      const double bin =
          std::clamp(std::ceil((code + 0.5) * bins_per_step - 0.5), -1.0 * Histogram::kBins, 1.0 * Histogram::kBins);
      up_to = below.begin()[Histogram::kBins + static_cast<int>(bin)];
    }
    const double share = (up_to - counted) / total;
    if (share > 0.0) sum += share * Log(share);
    counted = up_to;
  }
  return sum;
}

}  // namespace

QuantRange EntropyRange(const Histogram& histogram, const ObserverOptions& options) {
  const std::vector<double> below = CumulativeCounts(histogram);
  const auto cost = [&](QuantRange candidate) {
    return NegativeEntropy(below, GridOf(candidate, options), histogram.bin_width());
  };
  return Reported(SearchRange(WidestRange(histogram, options), options.symmetric, cost), histogram, options);
}

}  // namespace alice
