#include "quant/observers/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace alice {
namespace {

constexpr int kLog2Bins = 12;
static_assert(1 << kLog2Bins == Histogram::kBins);

/// The smallest e with magnitude < kBins · 2^e. Requires a finite magnitude > 0.
int ExponentFor(float magnitude) { return std::ilogb(magnitude) + 1 - kLog2Bins; }

/// Of the smallest subnormal float: below any that is needed.
constexpr int kSmallestExponent = -149 + 1 - kLog2Bins;

}  // namespace

Histogram::Histogram(Moments moments)
    : moments_(moments),
      kernel_(&SelectHistogramF32(BestIsa())),
      counts_(static_cast<std::size_t>(2 * kBins) + kZeroCounters, 0),
      exponent_(kSmallestExponent) {}

double Histogram::bin_width() const { return std::ldexp(1.0, exponent_); }

std::uint64_t Histogram::zeros() const {
  return std::accumulate(counts_.end() - kZeroCounters, counts_.end(), std::uint64_t{0});
}

void Histogram::Add(std::span<const float> values) {
  if (values.empty()) return;
  const auto [min, max] = std::ranges::minmax(values);
  Add(values, min, max);
}

void Histogram::Add(std::span<const float> values, float min, float max) {
  min_ = count_ == 0 ? min : std::min(min_, min);
  max_ = count_ == 0 ? max : std::max(max_, max);
  if (const float magnitude = max_abs(); magnitude > 0.0f) Widen(ExponentFor(magnitude) - exponent_);
  kernel_->run(values.data(), values.size(), std::ldexp(1.0, -exponent_), kBins, counts_.data());
  count_ += values.size();
  if (moments_ == Moments::none) return;
  for (const float x : values) {
    const double value = x;
    sum_ += value;
    sum_of_squares_ += value * value;
  }
}

void Histogram::Widen(int doublings) {
  if (doublings <= 0) return;
  exponent_ += doublings;
  if (count_ == 0) return;
  const int shift = std::min(doublings, kLog2Bins);
  const auto move = [this](int from, int to) {
    const std::uint64_t moved = counts_[static_cast<std::size_t>(from)];
    counts_[static_cast<std::size_t>(from)] = 0;
    counts_[static_cast<std::size_t>(to)] += moved;
  };
  for (int distance = 1; distance < kBins; ++distance) {
    move(kBins + distance, kBins + (distance >> shift));
    move(kBins - 1 - distance, kBins - 1 - (distance >> shift));
  }
}

}  // namespace alice
