#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/result.h"
#include "behavior/features12.h"
#include "behavior/trajectory.h"

namespace alice {

inline constexpr std::size_t kMaxWindowPoints = 128;
inline constexpr double kMinWindow_ms = 1000;
inline constexpr double kDefaultWindow_ms = 1500;
inline constexpr double kMaxWindow_ms = 2000;
/// Points that come faster than this are thinned.
inline constexpr double kMinPointSpacing_ms = 7.5;

/// The last one to two seconds of the pointer, point by point; 6 KB of fixed memory, nothing is allocated.
///
/// After each point the window holds those at most window_ms older than it, the newest kMaxWindowPoints at
/// most. The newest point takes the place of the one before it while that one is less than
/// kMinPointSpacing_ms after its own forerunner: a 1000 Hz mouse then looks like a 125 Hz one, which is what
/// the classifiers know, and fills no window with a tenth of a second.
class FeatureWindow {
 public:
  /// `window_ms` is clamped to [1000, 2000]; a NaN gives the default.
  explicit FeatureWindow(double window_ms = kDefaultWindow_ms);

  /// Adds a pointer event. Errors: trajectory_not_finite, trajectory_time_reversed; the window is then as it
  /// was.
  Status Push(const Point& point);

  /// Lets go of points more than window_ms before `now_ms`: call it while the pointer rests. A NaN does
  /// nothing.
  void Advance(double now_ms);

  void Clear();

  /// The points held, oldest first; valid until the next change.
  std::span<const Point> points() const { return std::span(points_).subspan(begin_, end_ - begin_); }
  double window_ms() const { return window_ms_; }

  /// ExtractFeatures(points()), which cannot fail here.
  Features12 Extract() const;

 private:
  // points() must be contiguous: the window slides through twice its room, and moves back when it reaches the
  // end.
  std::array<Point, 2 * kMaxWindowPoints> points_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  double window_ms_;
};

}  // namespace alice
