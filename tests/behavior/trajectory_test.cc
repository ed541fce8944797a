#include "behavior/trajectory.h"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "behavior/features12.h"

namespace alice {
namespace {

std::vector<Point> Moments(const std::vector<Point>& points) {
  std::vector<Point> moments;
  ForEachMoment(points, [&](const Point& moment) { moments.push_back(moment); });
  return moments;
}

TEST_CASE("a point that is not finite is refused by its index", "[behavior]") {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity()}) {
    for (int field = 0; field < 3; ++field) {
      std::vector<Point> points{{0, 0, 0}, {1, 1, 1}, {2, 2, 2}, {3, 3, 3}, {4, 4, 4}};
      (field == 0 ? points[3].x_px : field == 1 ? points[3].y_px : points[3].t_ms) = bad;
      const auto features = ExtractFeatures(points);
      REQUIRE_FALSE(features.ok());
      CHECK(features.error().code == ErrorCode::trajectory_not_finite);
      CHECK(features.error().message.starts_with("Point 3 "));
    }
  }
}

TEST_CASE("time that runs backwards is refused by its index", "[behavior]") {
  const std::vector<Point> points{{0, 0, 0}, {1, 1, 10}, {2, 2, 9.5}, {3, 3, 20}};
  const auto status = CheckTrajectory(points);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ErrorCode::trajectory_time_reversed);
  CHECK(status.error().message.starts_with("Point 2 "));
  CHECK_FALSE(ExtractFeatures(points).ok());
}

TEST_CASE("moments have rising times relative to the last point", "[behavior]") {
  CHECK(Moments({}).empty());
  CHECK(Moments({{1, 2, 50}, {3, 4, 50}, {5, 6, 60}, {7, 8, 75}, {9, 10, 75}}) ==
        std::vector<Point>{{3, 4, -25}, {5, 6, -15}, {9, 10, 0}});
}

TEST_CASE("times below any clock's resolution are equal, and far values are brought near", "[behavior]") {
  CHECK(Moments({{1, 0, 0}, {2, 0, 0.0009}, {3, 0, 0.0018}}).size() == 2);
  CHECK(Moments({{1e300, -1e300, -1e300}, {0, 0, 0}}) ==
        std::vector<Point>{{kTrajectoryLimit, -kTrajectoryLimit, -kTrajectoryLimit}, {0, 0, 0}});
  // The span from the first time to the last is beyond the largest double.
  const double most = std::numeric_limits<double>::max();
  CHECK(Moments({{0, 0, -most}, {1, 1, most}}).front().t_ms == -kTrajectoryLimit);
}

}  // namespace
}  // namespace alice
