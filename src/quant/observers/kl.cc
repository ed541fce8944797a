#include "quant/observers/kl.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "numeric/portable_math.h"
#include "quant/observers/range_search.h"

namespace alice {
namespace {

constexpr double kRefused = std::numeric_limits<double>::infinity();

double XLogX(double x) { return x > 0.0 ? x * Log(x) : 0.0; }

/// Bins low ≤ b < high.
struct BinSpan {
  int low;
  int high;
};

/// Sums over spans of bins, each from two running totals. Folded, bin b ≥ 0 holds both signs, and b < 0 nothing.
class BinSums {
 public:
  BinSums(const Histogram& histogram, bool folded) {
    sums_.reserve(Histogram::kEdges);
    Sums total;
    sums_.push_back(total);
    for (int bin = -Histogram::kBins; bin < Histogram::kBins; ++bin) {
      double count = static_cast<double>(histogram.Count(bin));
      if (folded) count = bin < 0 ? 0.0 : count + static_cast<double>(histogram.Count(-1 - bin));
      total.count += count;
      total.occupied += count > 0.0 ? 1.0 : 0.0;
      total.x_log_x += XLogX(count);
      sums_.push_back(total);
    }
  }

  [[nodiscard]] double Count(BinSpan span) const { return At(span.high).count - At(span.low).count; }
  [[nodiscard]] double Occupied(BinSpan span) const { return At(span.high).occupied - At(span.low).occupied; }
  [[nodiscard]] double XLogXOf(BinSpan span) const { return At(span.high).x_log_x - At(span.low).x_log_x; }

 private:
  struct Sums {
    double count = 0.0;
    double occupied = 0.0;
    double x_log_x = 0.0;
  };

  [[nodiscard]] const Sums& At(int bin) const { return sums_.begin()[Histogram::kBins + bin]; }

  std::vector<Sums> sums_;
};

class Divergence {
 public:
  Divergence(const Histogram& histogram, const ObserverOptions& options)
      : sums_(histogram, options.symmetric),
        symmetric_(options.symmetric),
        levels_(options.symmetric ? 1 << (options.bits - 1) : 1 << options.bits),
        total_(static_cast<double>(histogram.count())),
        bin_width_(histogram.bin_width()) {}

  /// The bins of a range, each end drawn in to a bin that is not empty where values lie outside it.
  [[nodiscard]] BinSpan Bins(QuantRange range) const {
    BinSpan span{symmetric_ || range.min == 0.0f ? 0 : -Beyond(-range.min), range.max == 0.0f ? 0 : Beyond(range.max)};
    if (sums_.Count({span.high, Histogram::kBins}) > 0.0) {
      while (span.high > 0 && sums_.Count({span.high - 1, span.high}) == 0.0) --span.high;
    }
    if (sums_.Count({-Histogram::kBins, span.low}) > 0.0) {
      while (span.low < 0 && sums_.Count({span.low, span.low + 1}) == 0.0) ++span.low;
    }
    return span;
  }

  [[nodiscard]] double Of(BinSpan span) const {
    const int bins = span.high - span.low;
    if (bins < levels_) return kRefused;
    const double below = sums_.Count({-Histogram::kBins, span.low});
    const double above = sums_.Count({span.high, Histogram::kBins});
    double sum = sums_.XLogXOf(span);
    for (int level = 0; level < levels_; ++level) {
      const BinSpan part{span.low + level * bins / levels_, span.low + (level + 1) * bins / levels_};
      double reference = sums_.Count(part);
      if (level == 0) reference += below;
      if (level == levels_ - 1) reference += above;
      if (reference == 0.0) continue;
      const double occupied = sums_.Occupied(part);
      if (occupied == 0.0) return kRefused;
      sum -= reference * Log(sums_.Count(part) / occupied);
    }
    sum += EndBinExcess({span.low, span.low + 1}, below) + EndBinExcess({span.high - 1, span.high}, above);
    return sum / total_ + Log((total_ - below - above) / total_);
  }

  [[nodiscard]] QuantRange RangeOf(BinSpan span) const { return {Edge(span.low), Edge(span.high)}; }

 private:
  /// The first bin above x > 0.
  [[nodiscard]] int Beyond(float x) const {
    return static_cast<int>(std::min(std::floor(static_cast<double>(x) / bin_width_), Histogram::kBins - 1.0)) + 1;
  }

  [[nodiscard]] float Edge(int bin) const {
    constexpr double kMax = std::numeric_limits<float>::max();
    return static_cast<float>(std::clamp(bin * bin_width_, -kMax, kMax));
  }

  /// What clipped values add to c·ln c of the end bin.
  [[nodiscard]] double EndBinExcess(BinSpan end, double clipped) const {
    const double count = sums_.Count(end);
    return XLogX(count + clipped) - XLogX(count);
  }

  BinSums sums_;
  bool symmetric_;
  int levels_;
  double total_;
  double bin_width_;
};

}  // namespace

double KlDivergence(const Histogram& histogram, QuantRange range, const ObserverOptions& options) {
  const Divergence divergence(histogram, options);
  return divergence.Of(divergence.Bins(range));
}

QuantRange KlRange(const Histogram& histogram, const ObserverOptions& options) {
  const Divergence divergence(histogram, options);
  const QuantRange range = SearchRange(WidestRange(histogram, options), options.symmetric,
                                       [&](QuantRange candidate) { return divergence.Of(divergence.Bins(candidate)); });
  return Reported(divergence.RangeOf(divergence.Bins(range)), histogram, options);
}

}  // namespace alice
