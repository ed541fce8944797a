#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include "base/result.h"

namespace alice {

/// Where the pointer was (CSS pixels) and when (milliseconds of any one clock).
struct Point {
  double x_px = 0;
  double y_px = 0;
  double t_ms = 0;

  friend bool operator==(const Point&, const Point&) = default;
};

/// Whether `points` can be read as a trajectory.
///
/// Errors: trajectory_not_finite where a coordinate or time is NaN or infinite, trajectory_time_reversed
/// where a time is before that of the point ahead of it. Both name the point's index.
Status CheckTrajectory(std::span<const Point> points);

/// Times that differ by less are equal: no pointer clock is finer.
inline constexpr double kEqualTime_ms = 1e-3;

/// Farthest coordinate, and longest time before the last point, that are told apart; what lies beyond is
/// taken to be there. It keeps every later sum and square finite.
inline constexpr double kTrajectoryLimit = 1e9;

/// Calls visit(const Point&) for each moment of a trajectory, in order, without memory of its own.
///
/// Points of equal time become one moment: it has the time of the first and the position of the last. Times
/// are relative to the last point of `points`, so that they are ≤ 0 and strictly rising; limits as
/// kTrajectoryLimit says. Requires CheckTrajectory(points).ok().
template <typename Visit>
void ForEachMoment(std::span<const Point> points, Visit&& visit) {
  constexpr double kLimit = kTrajectoryLimit;
  std::optional<Point> moment;
  for (const Point& point : points) {
    const Point next{std::clamp(point.x_px, -kLimit, kLimit), std::clamp(point.y_px, -kLimit, kLimit),
                     std::max(point.t_ms - points.back().t_ms, -kLimit)};
    if (moment && next.t_ms - moment->t_ms < kEqualTime_ms) {
      moment->x_px = next.x_px;
      moment->y_px = next.y_px;
      continue;
    }
    if (moment) visit(*moment);
    moment = next;
  }
  if (moment) visit(*moment);
}

}  // namespace alice
