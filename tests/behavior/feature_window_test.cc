#include "behavior/feature_window.h"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "behavior/random.h"
#include "behavior/trajectory_generator.h"

namespace alice {
namespace {

TEST_CASE("the window holds what is at most its length older than the newest point", "[behavior]") {
  FeatureWindow window;
  CHECK(window.window_ms() == 1500);
  CHECK(window.points().empty());
  CHECK(window.Extract().insufficient);
  for (int i = 0; i <= 200; ++i) REQUIRE(window.Push({1.0 * i, 0, 20.0 * i}).ok());
  REQUIRE(window.points().size() == 76);  // 2500 … 4000 ms, both ends held
  CHECK(window.points().front() == Point{125, 0, 2500});
  CHECK(window.points().back() == Point{200, 0, 4000});
  window.Advance(4100);
  CHECK(window.points().front() == Point{130, 0, 2600});
  window.Advance(std::numeric_limits<double>::quiet_NaN());
  window.Advance(0);
  CHECK(window.points().size() == 71);
  window.Advance(5501);
  CHECK(window.points().empty());
}

TEST_CASE("the window never holds more than its room, and its points stay in order", "[behavior]") {
  FeatureWindow window(2000);
  Random random(11);
  double t_ms = 0;
  for (int i = 0; i < 5000; ++i) {
    t_ms += random.Uniform(7.5, 10);
    const Point point{random.Uniform(0, 1000), random.Uniform(0, 1000), t_ms};
    REQUIRE(window.Push(point).ok());
    const auto points = window.points();
    REQUIRE(points.size() <= kMaxWindowPoints);
    REQUIRE(points.back() == point);
    REQUIRE(CheckTrajectory(points).ok());
    if (i >= 300) REQUIRE(points.size() == kMaxWindowPoints);
  }
}

TEST_CASE("fast points are thinned and the newest is always there", "[behavior]") {
  FeatureWindow window(1000);
  for (int i = 0; i <= 3000; ++i) {
    REQUIRE(window.Push({1.0 * i, 0, 1.0 * i}).ok());
    REQUIRE(window.points().back().t_ms == i);
  }
  const auto points = window.points();
  CHECK(points.back().t_ms - points.front().t_ms >= 990);
  for (std::size_t i = 1; i + 1 < points.size(); ++i) CHECK(points[i].t_ms - points[i - 1].t_ms == 8);
}

TEST_CASE("a bad point is refused and changes nothing", "[behavior]") {
  FeatureWindow window;
  for (int i = 0; i < 10; ++i) REQUIRE(window.Push({10.0 * i, 5, 10.0 * i}).ok());
  const std::vector<Point> before(window.points().begin(), window.points().end());
  CHECK(window.Push({std::numeric_limits<double>::quiet_NaN(), 0, 100}).error()->code ==
        ErrorCode::trajectory_not_finite);
  CHECK(window.Push({0, 0, std::numeric_limits<double>::infinity()}).error()->code == ErrorCode::trajectory_not_finite);
  CHECK(window.Push({0, 0, 89.9}).error()->code == ErrorCode::trajectory_time_reversed);
  CHECK(before == std::vector<Point>(window.points().begin(), window.points().end()));
  window.Clear();
  CHECK(window.points().empty());
  CHECK(window.Push({0, 0, 1}).ok());  // a new clock may begin anywhere
}

TEST_CASE("the length is kept between one and two seconds", "[behavior]") {
  CHECK(FeatureWindow(10).window_ms() == 1000);
  CHECK(FeatureWindow(1e9).window_ms() == 2000);
  CHECK(FeatureWindow(std::numeric_limits<double>::quiet_NaN()).window_ms() == 1500);
}

TEST_CASE("the window's features are those of its points", "[behavior]") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    FeatureWindow window;
    for (const Point& point : GenerateTrajectory(BehaviorClass::casual_explore, seed, {.duration_ms = 4000})) {
      REQUIRE(window.Push(point).ok());
    }
    CHECK(window.Extract() == ExtractFeatures(window.points()).value());
    CHECK_FALSE(window.Extract().insufficient);
  }
}

}  // namespace
}  // namespace alice
