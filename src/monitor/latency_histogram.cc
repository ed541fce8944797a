#include "monitor/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace alice {
namespace {

constexpr std::size_t kBounds = LatencyHistogram::kBuckets - 1;

std::array<double, kBounds> MakeBounds() {
  constexpr double kR10[] = {1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0};
  std::array<double, kBounds> bounds{};
  double decade = LatencyHistogram::kLowest_ms;
  for (std::size_t i = 0; i < kBounds; ++i) {
    if (i > 0 && i % LatencyHistogram::kPerDecade == 0) decade *= 10.0;
    bounds[i] = decade * kR10[i % LatencyHistogram::kPerDecade];
  }
  return bounds;
}

const std::array<double, kBounds>& Bounds() {
  static const std::array<double, kBounds> bounds = MakeBounds();
  return bounds;
}

}  // namespace

double LatencyHistogram::UpperBoundMs(std::size_t bucket) {
  return bucket < kBounds ? Bounds()[bucket] : std::numeric_limits<double>::infinity();
}

void LatencyHistogram::Add(double ms, std::uint64_t times) {
  const auto bucket = std::ranges::lower_bound(Bounds(), ms) - Bounds().begin();
  buckets_[static_cast<std::size_t>(bucket)] += times;
  count_ += times;
  sum_ms_ += ms * static_cast<double>(times);
  max_ms_ = std::max(max_ms_, ms);
}

double LatencyHistogram::QuantileMs(double q) const {
  const double wanted = q * static_cast<double>(count_);
  double below = 0.0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    const auto inside = static_cast<double>(buckets_[i]);
    if (inside == 0.0 || below + inside < wanted) {
      below += inside;
      continue;
    }
    const double low = i == 0 ? 0.0 : UpperBoundMs(i - 1);
    const double high = std::min(UpperBoundMs(i), max_ms_);
    return std::min(low + (high - low) * (wanted - below) / inside, max_ms_);
  }
  return 0.0;
}

}  // namespace alice
