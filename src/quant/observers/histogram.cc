#include "quant/observers/histogram.h"

#include <algorithm>
#include <cmath>

namespace alice {
namespace {

constexpr int kLog2Bins = 12;
static_assert(1 << kLog2Bins == StreamingHistogram::kBins);

/// The smallest e with magnitude < kBins · 2^e. Requires a finite magnitude > 0.
int ExponentFor(float magnitude) { return std::ilogb(magnitude) + 1 - kLog2Bins; }

/// Of the smallest subnormal float: below any that is needed.
constexpr int kSmallestExponent = -149 + 1 - kLog2Bins;

}  // namespace

StreamingHistogram::StreamingHistogram()
    : counts_(static_cast<std::size_t>(2 * kBins), 0), exponent_(kSmallestExponent) {}

double StreamingHistogram::bin_width() const { return std::ldexp(1.0, exponent_); }

void StreamingHistogram::Add(std::span<const float> values) {
  if (values.empty()) return;
  if (count_ == 0) min_ = max_ = values[0];
  for (const float x : values) {
    min_ = std::min(min_, x);
    max_ = std::max(max_, x);
  }
  if (const float magnitude = max_abs(); magnitude > 0.0f) Widen(ExponentFor(magnitude) - exponent_);

  const double bins_per_unit = std::ldexp(1.0, -exponent_);
  for (const float x : values) {
    const double value = x;
    sum_ += value;
    sum_of_squares_ += value * value;
    if (x == 0.0f) {
      ++zeros_;
      continue;
    }
    const int distance = static_cast<int>(std::abs(value) * bins_per_unit);
    ++counts_[static_cast<std::size_t>(x > 0.0f ? kBins + distance : kBins - 1 - distance)];
  }
  count_ += values.size();
}

void StreamingHistogram::Widen(int doublings) {
  if (doublings <= 0) return;
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
  exponent_ += doublings;
}

}  // namespace alice
