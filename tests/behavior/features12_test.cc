#include "behavior/features12.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "behavior/random.h"

namespace alice {
namespace {

constexpr double kPi = 3.141592653589793;

Features12 Extract(const std::vector<Point>& points) { return ExtractFeatures(points).value(); }

/// A value that the header's formulas give exactly, up to some tens of roundings in double and one to float.
Approx Is(double value) { return Approx(value).epsilon(1e-6).margin(1e-9); }

TEST_CASE("a straight line at constant speed has speed and straightness only", "[behavior]") {
  std::vector<Point> points;
  for (int i = 0; i < 10; ++i) points.push_back({10.0 * i, 0, 10.0 * i});
  const Features12 f = Extract(points);
  CHECK_FALSE(f.insufficient);
  CHECK(f[Feature::velocity_avg] == Is(0.5));
  CHECK(f[Feature::velocity_max] == Is(0.5));
  CHECK(f[Feature::straightness] == Is(1));
  for (const Feature still : {Feature::velocity_std, Feature::acceleration_avg, Feature::acceleration_max,
                              Feature::curvature_avg, Feature::curvature_max, Feature::jerk_avg,
                              Feature::angle_change_rate, Feature::direction_entropy, Feature::dominant_frequency}) {
    INFO(kFeatureNames[static_cast<std::size_t>(still)]);
    CHECK(f[still] == Is(0));
  }
}

TEST_CASE("acceleration and jerk are taken between the middles of segments", "[behavior]") {
  // Segments of 10, 20 and 10 ms at 100, 200 and 100 px/s: middles at 5, 20 and 35 ms.
  const Features12 uneven = Extract({{0, 0, 0}, {1, 0, 10}, {5, 0, 30}, {6, 0, 40}});
  CHECK(uneven[Feature::velocity_avg] == Is(400.0 / 3 / 2000));
  CHECK(uneven[Feature::velocity_max] == Is(200.0 / 2000));
  CHECK(uneven[Feature::velocity_std] == Is(std::sqrt(20000.0 / 9) / 500));
  CHECK(uneven[Feature::acceleration_avg] == Is(1000 * 100.0 / 15 / 50000));
  CHECK(uneven[Feature::acceleration_max] == Is(1000 * 100.0 / 15 / 50000));
  // From +6667 px/s² at 12.5 ms to −6667 px/s² at 27.5 ms.
  CHECK(uneven[Feature::jerk_avg] == Is(1000 * (2 * 1000 * 100.0 / 15) / 15 / 1e6));

  // The speed rises by 100 px/s, then by 300 px/s, every 100 ms.
  const Features12 rising = Extract({{0, 0, 0}, {10, 0, 100}, {30, 0, 200}, {80, 0, 300}});
  CHECK(rising[Feature::acceleration_avg] == Is(2000.0 / 50000));
  CHECK(rising[Feature::acceleration_max] == Is(3000.0 / 50000));
  CHECK(rising[Feature::jerk_avg] == Is(20000.0 / 1e6));
}

TEST_CASE("a right angle is one turn among three", "[behavior]") {
  const Features12 f = Extract({{0, 0, 0}, {100, 0, 100}, {200, 0, 200}, {200, 100, 300}, {200, 200, 400}});
  CHECK(f[Feature::angle_change_rate] == Is(kPi / 2 / 3 / kPi));
  CHECK(f[Feature::curvature_max] == Is(kPi / 2 / 100 / 0.1));
  CHECK(f[Feature::curvature_avg] == Is(kPi / 2 / 100 / 3 / 0.1));
  CHECK(f[Feature::direction_entropy] == Is(1.0 / 3));
  CHECK(f[Feature::straightness] == Is(std::sqrt(0.5)));
  CHECK(f[Feature::velocity_std] == Is(0));
}

TEST_CASE("a circle has the curvature of its radius and every direction", "[behavior]") {
  std::vector<Point> points;
  for (int i = 0; i <= 36; ++i) {
    points.push_back({500 + 50 * std::cos(kPi / 18 * i), 500 + 50 * std::sin(kPi / 18 * i), 10.0 * i});
  }
  const Features12 f = Extract(points);
  const double chord = 2 * 50 * std::sin(kPi / 36);
  CHECK(f[Feature::curvature_avg] == Is(kPi / 18 / chord / 0.1));
  CHECK(f[Feature::curvature_max] == Is(kPi / 18 / chord / 0.1));
  CHECK(f[Feature::angle_change_rate] == Is(1.0 / 18));
  CHECK(f[Feature::velocity_avg] == Is(100 * chord / 2000));
  CHECK(f[Feature::straightness] == Is(0));
  // Chords at 5°, 15°, … 355°: four of them within each sector on an axis, five within each sector between.
  const double entropy = 4 * (4.0 / 36 * std::log2(9.0)) + 4 * (5.0 / 36 * std::log2(7.2));
  CHECK(f[Feature::direction_entropy] == Is(entropy / 3));
}

TEST_CASE("each of the eight directions has a sector of its own", "[behavior]") {
  std::vector<Point> points{{0, 0, 0}};
  const std::array<std::array<double, 2>, 8> ways = {
      {{50, 0}, {30, 40}, {0, 50}, {-40, 30}, {-50, 0}, {-30, -40}, {0, -50}, {40, -30}}};
  for (const auto& way : ways) {
    points.push_back({points.back().x_px + way[0], points.back().y_px + way[1], points.back().t_ms + 10});
  }
  CHECK(Extract(points)[Feature::direction_entropy] == Is(1));
}

TEST_CASE("a zigzag turns by a right angle each time, and a reversal by two", "[behavior]") {
  std::vector<Point> zigzag, shake;
  for (int i = 0; i < 9; ++i) {
    zigzag.push_back({10.0 * i, i % 2 == 0 ? 0.0 : 10.0, 10.0 * i});
    shake.push_back({i % 2 == 0 ? 0.0 : 40.0, 7, 10.0 * i});
  }
  const Features12 z = Extract(zigzag), s = Extract(shake);
  CHECK(z[Feature::angle_change_rate] == Is(0.5));
  CHECK(z[Feature::direction_entropy] == Is(1.0 / 3));
  CHECK(z[Feature::straightness] == Is(std::sqrt(0.5)));
  CHECK(z[Feature::curvature_max] == Is(1));  // π/2 over 14.1 px is above 0.1
  CHECK(s[Feature::angle_change_rate] == Is(1));
  CHECK(s[Feature::curvature_avg] == Is(kPi / 40 / 0.1));
  CHECK(s[Feature::straightness] == Is(0));
}

TEST_CASE("a modulated speed gives its frequency", "[behavior]") {
  for (const double hz : {2.0, 5.0, 8.5}) {
    std::vector<Point> points;  // v(t) = 500 + 300·sin(2π·hz·t), integrated
    for (int i = 0; i <= 240; ++i) {
      const double t = i / 120.0;
      points.push_back({500 * t - 300 * std::cos(2 * kPi * hz * t) / (2 * kPi * hz), 0, 1000 * t});
    }
    INFO(hz << " Hz");
    CHECK(Extract(points)[Feature::dominant_frequency] == Is(hz / 30));  // 120 samples: bins of 0.5 Hz
  }
}

TEST_CASE("a window under half a second, or a constant speed, has no frequency", "[behavior]") {
  const auto modulated = [](double last_ms) {
    std::vector<Point> points;
    for (int i = 0; i <= 50; ++i) points.push_back({i + (i % 10 < 5 ? 0.0 : 8.0), 0, last_ms * i / 50});
    return Extract(points)[Feature::dominant_frequency];
  };
  CHECK(modulated(499) == 0);
  CHECK(modulated(500) > 0);

  std::vector<Point> constant;
  for (int i = 0; i <= 60; ++i) constant.push_back({i * 16.7 * 0.3, i * 16.7 * 0.4, i * 16.7});
  CHECK(Extract(constant)[Feature::dominant_frequency] == 0);
}

TEST_CASE("segments under half a pixel are merged into the next for directions", "[behavior]") {
  // 0.4 px up, then 10 px up: one direction, so one turn of π/2 and not one of π/2 and one of 0.
  const Features12 merged = Extract({{0, 0, 0}, {10, 0, 10}, {10, 0.4, 20}, {10, 10.4, 30}});
  CHECK(merged[Feature::angle_change_rate] == Is(0.5));
  CHECK(merged[Feature::curvature_avg] == Is(1));  // π/2 over 10.2 px is above 0.1
  // Two halves make a direction as soon as their chord is long enough; exactly half a pixel is.
  CHECK(Extract({{0, 0, 0}, {10, 0, 10}, {10, 0.3, 20}, {10, 0.6, 30}})[Feature::angle_change_rate] == Is(0.5));
  CHECK(Extract({{0, 0, 0}, {10, 0, 10}, {20, 0, 20}, {20, 0.5, 30}})[Feature::angle_change_rate] == Is(0.25));
  // What is left at the end is dropped from directions, not from the path.
  const Features12 tail = Extract({{0, 0, 0}, {10, 0, 10}, {20, 0, 20}, {20, 0.4, 30}});
  CHECK(tail[Feature::angle_change_rate] == 0);
  CHECK(tail[Feature::direction_entropy] == 0);
  CHECK(tail[Feature::straightness] == Is(std::sqrt(400.16) / 20.4));
}

TEST_CASE("of points with equal time the last position counts", "[behavior]") {
  const Features12 plain = Extract({{0, 0, 0}, {10, 3, 10}, {20, 0, 20}, {35, 0, 30}});
  CHECK(plain == Extract({{9, 9, 0}, {0, 0, 0}, {5, 5, 10}, {10, 3, 10}, {20, 0, 20}, {-1, 8, 30}, {35, 0, 30}}));
  CHECK_FALSE(plain == Extract({{0, 0, 0}, {10, 3, 10}, {20, 0, 20}, {-1, 8, 30}}));
}

TEST_CASE("too little movement is insufficient and all zeros", "[behavior]") {
  const Features12 none{.insufficient = true};
  CHECK(Extract({}) == none);
  CHECK(Extract({{0, 0, 0}, {10, 0, 10}, {20, 0, 20}}) == none);
  CHECK(Extract({{0, 0, 0}, {10, 0, 10}, {20, 0, 20}, {30, 0, 20}}) == none);  // three moments
  CHECK(Extract({{0, 0, 0}, {0.25, 0, 10}, {0.5, 0, 20}, {0.75, 0, 30}}) == none);
  CHECK_FALSE(Extract({{0, 0, 0}, {0.25, 0, 10}, {0.5, 0, 20}, {1, 0, 30}}).insufficient);
}

TEST_CASE("features do not depend on where the clock and the screen begin", "[behavior]") {
  Random random(7);
  std::vector<Point> points, moved;
  for (int i = 0; i < 100; ++i) {  // whole pixels and milliseconds: the shifts below are exact
    const Point p{std::floor(random.Uniform(0, 500)), std::floor(random.Uniform(0, 500)), 12.0 * i};
    points.push_back(p);
    moved.push_back({p.x_px + 1024, p.y_px - 4096, p.t_ms + 0x1p40});
  }
  CHECK(Extract(points) == Extract(moved));
}

TEST_CASE("whatever the points, every feature is in [0, 1]", "[behavior]") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed);
    const double reach = std::ldexp(1.0, static_cast<int>(random.Below(1200)) - 180);
    const double step = std::ldexp(1.0, static_cast<int>(random.Below(1200)) - 200);
    std::vector<Point> points;
    double t_ms = random.Chance(0.5) ? 0 : -step;
    for (auto left = random.Below(random.Chance(0.05) ? 2000 : 150); left > 0; --left) {
      const double x_px = random.Uniform(-reach, reach);
      points.push_back({x_px, random.Uniform(-reach, reach), t_ms});
      if (random.Chance(0.9)) t_ms += step * random.Unit();
    }
    INFO("seed " << seed);
    const auto features = ExtractFeatures(points);
    if (!std::isfinite(t_ms) && !features) continue;
    for (const float value : features.value().values) {
      REQUIRE(value >= 0.0f);
      REQUIRE(value <= 1.0f);
    }
  }
}

}  // namespace
}  // namespace alice
