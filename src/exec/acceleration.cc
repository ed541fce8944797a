#include "exec/acceleration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace alice {

void Acceleration::Plan(std::int64_t samples) {
  planned_samples_ = samples;
  samples_ = samples;
  needs_plan_ = false;
  for (auto& segments : segments_) {
    for (DeviceSegment& segment : segments) {
      Status planned = segment.device->Plan(samples);
      if (planned.ok()) continue;
      needs_plan_ = true;
      return Failed(std::move(planned).error());
    }
  }
}

void Acceleration::SetSamples(std::int64_t samples) {
  samples_ = samples;
  if (needs_plan_) return;
  for (auto& segments : segments_) {
    for (DeviceSegment& segment : segments) segment.device->SetSamples(samples);
  }
}

bool Acceleration::IsDue() {
  if (left_ > 0) {
    --left_;
    return false;
  }
  return HasPlan();
}

bool Acceleration::HasPlan() {
  if (!needs_plan_) return true;
  const std::int64_t samples = samples_;
  Plan(planned_samples_);
  SetSamples(samples);
  return !needs_plan_;
}

void Acceleration::Succeeded() {
  pause_ = 0;
  if (error_) error_.reset();
}

void Acceleration::Failed(OwnedError error) {
  error_ = std::move(error);
  pause_ = std::min(std::max<std::size_t>(2 * pause_, 1), kLongestPause);
  left_ = pause_;
}

void Acceleration::Distrust(OwnedError error) {
  for (auto& segments : segments_) segments.clear();
  error_ = std::move(error);
}

std::size_t Acceleration::Steps(Precision precision) const {
  std::size_t steps = 0;
  for (const DeviceSegment& segment : Segments(precision)) steps += segment.steps.end - segment.steps.first;
  return steps;
}

std::size_t Acceleration::bytes() const {
  std::size_t bytes = 0;
  for (const auto& segments : segments_) {
    for (const DeviceSegment& segment : segments) bytes += segment.device->bytes();
  }
  return bytes;
}

double LargestDifference(std::span<const float> expected, std::span<const float> found) {
  double largest = 0.0;
  double difference = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!std::isfinite(expected[i]) || !std::isfinite(found[i])) {
      if (std::isfinite(expected[i]) != std::isfinite(found[i])) return std::numeric_limits<double>::infinity();
      continue;
    }
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
    difference = std::max(difference, std::abs(static_cast<double>(expected[i]) - static_cast<double>(found[i])));
  }
  return difference == 0.0 ? 0.0 : difference / largest;
}

}  // namespace alice
