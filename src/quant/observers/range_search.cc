#include "quant/observers/range_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "numeric/portable_math.h"

namespace alice {
namespace {

constexpr int kOctaves = 11;
constexpr int kStepsPerOctave = 16;
constexpr int kFineSteps = 16;
constexpr int kRounds = 3;

struct Best {
  QuantRange range;
  double cost;

  /// Whether this candidate is the best by now.
  bool Offer(QuantRange candidate, const std::function<double(QuantRange)>& cost_of) {
    const double candidate_cost = cost_of(candidate);
    if (!(candidate_cost < cost)) return false;
    range = candidate;
    cost = candidate_cost;
    return true;
  }
};

/// Offers `range_at(fraction)` for the fractions described in the header; whether one became the best.
template <typename RangeAt>
bool SearchFraction(const RangeAt& range_at, const std::function<double(QuantRange)>& cost, Best& best) {
  bool gained = false;
  double best_fraction = 1.0;
  const auto offer = [&](double fraction) {
    if (!best.Offer(range_at(fraction), cost)) return;
    gained = true;
    best_fraction = fraction;
  };
  for (int i = 0; i <= kOctaves * kStepsPerOctave; ++i) offer(Exp2(-static_cast<double>(i) / kStepsPerOctave));
  if (!gained) return false;
  const double ratio = Exp2(1.0 / kStepsPerOctave);
  const double from = std::min(best_fraction * ratio, 1.0);
  const double to = best_fraction / ratio;
  for (int i = 1; i < kFineSteps; ++i) offer(from + (to - from) * i / kFineSteps);
  return true;
}

float Scaled(float x, double fraction) { return static_cast<float>(static_cast<double>(x) * fraction); }

}  // namespace

float FiniteFloat(double x) {
  constexpr double kMax = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(x, -kMax, kMax));
}

QuantRange WidestRange(const Histogram& histogram, const ObserverOptions& options) {
  const float magnitude = histogram.max_abs();
  if (options.symmetric) return {-magnitude, magnitude};
  return {std::min(histogram.min(), 0.0f), std::max(histogram.max(), 0.0f)};
}

QuantRange Reported(QuantRange range, const Histogram& histogram, const ObserverOptions& options) {
  if (options.symmetric) {
    const float magnitude = std::min(std::max(range.max, -range.min), histogram.max_abs());
    return {-magnitude, magnitude};
  }
  return {std::clamp(range.min, histogram.min(), histogram.max()),
          std::clamp(range.max, histogram.min(), histogram.max())};
}

QuantRange SearchRange(QuantRange widest, bool symmetric, const std::function<double(QuantRange)>& cost) {
  Best best{widest, cost(widest)};
  SearchFraction([&](double f) { return QuantRange{Scaled(widest.min, f), Scaled(widest.max, f)}; }, cost, best);
  if (symmetric || widest.min == 0.0f || widest.max == 0.0f) return best.range;
  for (int round = 0; round < kRounds; ++round) {
    const float min = best.range.min;
    const bool max_gained =
        SearchFraction([&](double f) { return QuantRange{min, Scaled(widest.max, f)}; }, cost, best);
    const float max = best.range.max;
    const bool min_gained =
        SearchFraction([&](double f) { return QuantRange{Scaled(widest.min, f), max}; }, cost, best);
    if (!max_gained && !min_gained) break;
  }
  return best.range;
}

}  // namespace alice
