#include "behavior/feature_window.h"

#include <algorithm>
#include <cmath>

namespace alice {

FeatureWindow::FeatureWindow(double window_ms)
    : window_ms_(std::isnan(window_ms) ? kDefaultWindow_ms : std::clamp(window_ms, kMinWindow_ms, kMaxWindow_ms)) {}

Status FeatureWindow::Push(const Point& point) {
  if (!std::isfinite(point.x_px) || !std::isfinite(point.y_px) || !std::isfinite(point.t_ms)) {
    return MakeError(ErrorCode::trajectory_not_finite, "The pointer event is (", point.x_px, " px, ", point.y_px,
                     " px, ", point.t_ms, " ms): every value must be finite.");
  }
  const std::size_t size = end_ - begin_;
  if (size > 0 && point.t_ms < points_[end_ - 1].t_ms) {
    return MakeError(ErrorCode::trajectory_time_reversed, "The pointer event is ", points_[end_ - 1].t_ms - point.t_ms,
                     " ms before the last one: times must not run backwards.");
  }
  if (size >= 2 && points_[end_ - 1].t_ms - points_[end_ - 2].t_ms < kMinPointSpacing_ms) {
    --end_;
  } else if (size == kMaxWindowPoints) {
    ++begin_;
  }
  if (end_ == points_.size()) {
    std::copy(points_.begin() + static_cast<std::ptrdiff_t>(begin_), points_.end(), points_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  points_[end_++] = point;
  Advance(point.t_ms);
  return {};
}

void FeatureWindow::Advance(double now_ms) {
  while (begin_ < end_ && now_ms - points_[begin_].t_ms > window_ms_) ++begin_;
}

void FeatureWindow::Clear() { begin_ = end_ = 0; }

Features12 FeatureWindow::Extract() const { return ExtractFeatures(points()).value(); }

}  // namespace alice
