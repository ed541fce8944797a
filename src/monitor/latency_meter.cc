#include "monitor/latency_meter.h"

#include <algorithm>

namespace alice {

void LatencyMeter::Add(double ms) {
  AddToStreak(ms);
  if (ms >= kWindow_ms) {
    histogram_.Add(ms);
    typical_ms_ = ms;
    stride_ = 1;
    until_timed_ = 0;
    return;
  }
  window_ms_ += ms;
  ++window_inferences_;
  if (window_ms_ < kWindow_ms && window_inferences_ < kWindowInferences) return;
  typical_ms_ = window_ms_ / static_cast<double>(window_inferences_);
  histogram_.Add(typical_ms_, window_inferences_);
  const double fit = typical_ms_ > 0.0 ? kUntimed_ms / typical_ms_ : kMostStride;
  stride_ = static_cast<std::size_t>(std::clamp(fit, 1.0, static_cast<double>(kMostStride)));
  window_ms_ = 0.0;
  window_inferences_ = 0;
}

void LatencyMeter::AddOfBatch(double mean_ms, std::uint64_t inferences) {
  count_ += inferences;
  histogram_.Add(mean_ms, inferences);
}

void LatencyMeter::BeginModel() {
  EndStreak();
  stride_ = 1;
  until_timed_ = 0;
  window_ms_ = typical_ms_ = 0.0;
  window_inferences_ = 0;
}

void LatencyMeter::AddToStreak(double ms) {
  latest_[next_] = ms;
  next_ = (next_ + 1) % kSustained;
}

bool LatencyMeter::IsSustainedAbove(double limit_ms) const {
  return std::ranges::all_of(latest_, [&](double ms) { return ms > limit_ms; });
}

}  // namespace alice
