#include "behavior/trajectory.h"

#include <cmath>
#include <cstddef>

namespace alice {

Status CheckTrajectory(std::span<const Point> points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    if (!std::isfinite(point.x_px) || !std::isfinite(point.y_px) || !std::isfinite(point.t_ms)) {
      return MakeError(ErrorCode::trajectory_not_finite, "Point ", i, " of the trajectory is (", point.x_px, " px, ",
                       point.y_px, " px, ", point.t_ms, " ms): every value must be finite.");
    }
    if (i > 0 && point.t_ms < points[i - 1].t_ms) {
      return MakeError(ErrorCode::trajectory_time_reversed, "Point ", i, " of the trajectory is ",
                       points[i - 1].t_ms - point.t_ms,
                       " ms before the point ahead of it: times must not run backwards.");
    }
  }
  return {};
}

}  // namespace alice
