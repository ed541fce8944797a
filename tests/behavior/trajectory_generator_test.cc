#include "behavior/trajectory_generator.h"

#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "behavior/feature_window.h"
#include "behavior/features12.h"
#include "behavior/labeled_sample.h"
#include "behavior/motion_plan.h"

namespace alice {
namespace {

constexpr std::uint64_t kSeeds = 400;

/// FNV-1a over the bits of every coordinate and time.
std::uint64_t Hash(const std::vector<Point>& points) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const Point& point : points) {
    for (const double value : {point.x_px, point.y_px, point.t_ms}) {
      for (int byte = 0; byte < 8; ++byte) {
        hash = (hash ^ (std::bit_cast<std::uint64_t>(value) >> (8 * byte) & 0xff)) * 0x100000001b3u;
      }
    }
  }
  return hash;
}

/// The share of kSeeds trajectories of `behavior` for which `holds(points)`.
template <typename Predicate>
double Share(BehaviorClass behavior, Predicate holds) {
  double count = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) count += holds(GenerateTrajectory(behavior, seed)) ? 1 : 0;
  return count / kSeeds;
}

double Distance(const Point& a, const Point& b) { return std::hypot(b.x_px - a.x_px, b.y_px - a.y_px); }

double PathPx(const std::vector<Point>& points) {
  double path = 0;
  for (std::size_t i = 1; i < points.size(); ++i) path += Distance(points[i - 1], points[i]);
  return path;
}

double Seconds(const std::vector<Point>& points) { return (points.back().t_ms - points.front().t_ms) / 1000; }

/// The highest speed over at least 30 ms, px/s: single pixels and coalesced events do not count as speed.
double PeakPxPerS(const std::vector<Point>& points) {
  double peak = 0;
  for (std::size_t i = 0, j = 0; j < points.size(); ++j) {
    while (i + 1 < j && points[j].t_ms - points[i + 1].t_ms >= 30) ++i;
    if (points[j].t_ms - points[i].t_ms < 30) continue;
    peak = std::max(peak, 1000 * Distance(points[i], points[j]) / (points[j].t_ms - points[i].t_ms));
  }
  return peak;
}

/// How often the pointer turns back along its main axis, by at least 8 px.
int Reversals(const std::vector<Point>& points) {
  // The main axis is that of the second moments of the steps.
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const double dx = points[i].x_px - points[i - 1].x_px, dy = points[i].y_px - points[i - 1].y_px;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  const double angle = std::atan2(2 * xy, xx - yy) / 2;
  int reversals = 0, way = 0;
  double turning_point = 0;
  for (const Point& point : points) {
    const double at =
        (point.x_px - points.front().x_px) * std::cos(angle) + (point.y_px - points.front().y_px) * std::sin(angle);
    if (way != 0 && (at - turning_point) * way >= 0) {
      turning_point = at;
    } else if (std::fabs(at - turning_point) >= 8) {
      if (way != 0) ++reversals;
      way = at > turning_point ? 1 : -1;
      turning_point = at;
    }
  }
  return reversals;
}

TEST_CASE("a seed gives the same points on every target", "[behavior]") {
  // Made once by this generator; a deliberate change of the generator changes them together with kGeneratorVersion.
  constexpr std::array<std::uint64_t, kBehaviorClassCount> kExpected = {0xacb316642bf8d0e5u, 0xcac468092ad9d3adu,
                                                                        0x26c77c8d65d24543u, 0xa41c7732f2a00cc5u,
                                                                        0x556ef6858cd7bdb7u, 0xbe33d1b0a8bafb3au};
  for (std::size_t i = 0; i < kBehaviorClassCount; ++i) {
    const auto behavior = static_cast<BehaviorClass>(i);
    std::uint64_t hash = 0;
    for (const auto split : {ParameterSplit::any, ParameterSplit::train, ParameterSplit::test}) {
      for (std::uint64_t seed = 0; seed < 20; ++seed) {
        GeneratorOptions options;
        options.split = split;
        hash = hash * 31 + Hash(GenerateTrajectory(behavior, seed, options));
      }
    }
    INFO(BehaviorClassName(behavior));
    CHECK(hash == kExpected[i]);
  }
}

TEST_CASE("features of generated trajectories are the same on every target", "[behavior]") {
  std::uint64_t hash = 0;
  for (std::uint32_t i = 0; i < 120; ++i) {
    for (const float value : MakeSample(kTestSeed, i, ParameterSplit::test).features.values) {
      hash = (hash ^ std::bit_cast<std::uint32_t>(value)) * 0x100000001b3u;
    }
  }
  CHECK(hash == 0x8818e840c0d8367eu);
}

TEST_CASE("seeds, classes and splits give trajectories of their own", "[behavior]") {
  std::vector<std::uint64_t> hashes;
  for (std::size_t i = 0; i < kBehaviorClassCount; ++i) {
    for (const auto split : {ParameterSplit::any, ParameterSplit::train, ParameterSplit::test}) {
      for (std::uint64_t seed = 0; seed < 50; ++seed) {
        GeneratorOptions options;
        options.split = split;
        hashes.push_back(Hash(GenerateTrajectory(static_cast<BehaviorClass>(i), seed, options)));
      }
    }
  }
  std::ranges::sort(hashes);
  CHECK(std::ranges::adjacent_find(hashes) == hashes.end());
}

TEST_CASE("a generated trajectory is what a pointer could report", "[behavior]") {
  for (std::size_t i = 0; i < kBehaviorClassCount; ++i) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const double ratio = seed % 2 == 0 ? 1 : 2;
      const auto points = GenerateTrajectory(static_cast<BehaviorClass>(i), seed,
                                             {.screen_width_px = 1280, .screen_height_px = 720, .pixel_ratio = ratio});
      INFO(kBehaviorClassNames[i] << " seed " << seed);
      REQUIRE_FALSE(points.empty());
      REQUIRE(points.size() <= kMaxWindowPoints);
      REQUIRE(points.front().t_ms == 0);
      REQUIRE(points.back().t_ms <= 2000 + 0.4 * 1000 / 60);
      REQUIRE(CheckTrajectory(points).ok());
      for (const Point& p : points) {
        REQUIRE((p.x_px >= 0 && p.x_px <= 1279 && p.y_px >= 0 && p.y_px <= 719));
        REQUIRE(p.x_px * ratio == std::rint(p.x_px * ratio));
        REQUIRE(p.y_px * ratio == std::rint(p.y_px * ratio));
        REQUIRE(p.t_ms == std::rint(p.t_ms * 10) / 10);
      }
      for (std::size_t k = 1; k < points.size(); ++k) REQUIRE(Distance(points[k - 1], points[k]) > 0);
    }
  }
}

TEST_CASE("events are dropped, coalesced and jittered", "[behavior]") {
  int coalesced = 0, long_gaps = 0, gaps = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto points = GenerateTrajectory(BehaviorClass::rage_shake, seed, {.sample_hz = 100});
    for (std::size_t k = 1; k < points.size(); ++k) {
      const double gap_ms = points[k].t_ms - points[k - 1].t_ms;
      ++gaps;
      coalesced += gap_ms == 0 ? 1 : 0;
      long_gaps += gap_ms > 18 ? 1 : 0;
    }
  }
  // Each happens to 0 … 6 % of events, 3 % on average.
  CHECK(coalesced > gaps / 100);
  CHECK(coalesced < gaps / 16);
  CHECK(long_gaps > gaps / 100);
  CHECK(long_gaps < gaps / 8);
}

TEST_CASE("options are followed, and clamped where they make no sense", "[behavior]") {
  const auto longer = GenerateTrajectory(BehaviorClass::casual_explore, 1, {.duration_ms = 8000, .sample_hz = 100});
  CHECK(longer.back().t_ms > 7900);
  CHECK(longer.back().t_ms < 8010);
  for (const double odd : {-1e300, -1.0, 1e-300, 1e300, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    for (std::size_t i = 0; i < kBehaviorClassCount; ++i) {
      const auto points = GenerateTrajectory(static_cast<BehaviorClass>(i), 5,
                                             {.duration_ms = odd == 1e300 ? 500 : odd,
                                              .sample_hz = odd,
                                              .screen_width_px = odd,
                                              .screen_height_px = odd,
                                              .pixel_ratio = odd});
      REQUIRE_FALSE(points.empty());
      REQUIRE(CheckTrajectory(points).ok());
      REQUIRE(points.back().t_ms <= 60000 + 40);
    }
  }
}

TEST_CASE("train and test draw from different bands of the same range", "[behavior]") {
  Random random(9);
  std::array<int, 10> train{}, test{};
  for (int i = 0; i < 10000; ++i) {
    const double a = DrawMain(random, ParameterSplit::train, 100, 200);
    const double b = DrawMain(random, ParameterSplit::test, 100, 200);
    REQUIRE((a >= 100 && a < 200 && b >= 100 && b < 200));
    ++train[static_cast<std::size_t>((a - 100) / 10)];
    ++test[static_cast<std::size_t>((b - 100) / 10)];
  }
  for (std::size_t band = 0; band < 10; ++band) {
    CHECK((train[band] > 0) == (band % 2 == 0));
    CHECK((test[band] > 0) == (band % 2 == 1));
  }
}

TEST_CASE("a stroke is a minimum-jerk movement", "[behavior]") {
  MotionPlan plan{100, 50, {{1000, 400, 80, -40, 0}}};
  CHECK(plan.At(0) == Point{100, 50, 0});
  CHECK(plan.At(1000) == Point{100, 50, 1000});
  CHECK(plan.At(1200) == Point{140, 30, 1200});
  CHECK(plan.At(1400) == Point{180, 10, 1400});
  CHECK(plan.At(9999) == Point{180, 10, 9999});
  // Peak speed 1.875 times the mean, in the middle; the difference quotient errs by h²/6 of the third derivative, 60·d/T³.
  const double speed = (plan.At(1200.5).x_px - plan.At(1199.5).x_px) * 1000;
  CHECK(speed == Approx(1.875 * 80 / 0.4).epsilon(1e-5));
  // A bow leads sideways and comes back.
  plan.strokes[0].bow = 0.1;
  CHECK(plan.At(1200).x_px == Approx(140 + 4));
  CHECK(plan.At(1200).y_px == Approx(30 + 8));
  CHECK(plan.At(1400) == Point{180, 10, 1400});
}

TEST_CASE("lost_confused wanders slowly in many directions", "[behavior]") {
  CHECK(Share(BehaviorClass::lost_confused, [](const auto& p) { return PeakPxPerS(p) < 300; }) > 0.9);
  CHECK(Share(BehaviorClass::lost_confused,
              [](const auto& p) { return ExtractFeatures(p).value()[Feature::direction_entropy] * 3 > 1.5; }) > 0.7);
}

TEST_CASE("rage_shake reverses four to ten times a second and goes nowhere", "[behavior]") {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto points =
        GenerateTrajectory(BehaviorClass::rage_shake, seed, {.screen_width_px = 1920, .screen_height_px = 1080});
    INFO("seed " << seed);
    // A half period varies by ±12 %, and a window cuts one at each end.
    CHECK(Reversals(points) >= 4 / 1.12 * Seconds(points) - 1);
    CHECK(Reversals(points) <= 10 / 0.88 * Seconds(points) + 1);
  }
  CHECK(Share(BehaviorClass::rage_shake,
              [](const auto& p) { return Distance(p.front(), p.back()) < 0.25 * PathPx(p); }) > 0.95);
}

TEST_CASE("precision_snipe is one straight movement", "[behavior]") {
  CHECK(Share(BehaviorClass::precision_snipe,
              [](const auto& p) { return Distance(p.front(), p.back()) > 0.95 * PathPx(p); }) > 0.95);
  CHECK(Share(BehaviorClass::precision_snipe, [](const auto& p) { return Reversals(p) == 0; }) > 0.8);
}

TEST_CASE("urgent_rush is fast and nearly straight", "[behavior]") {
  CHECK(Share(BehaviorClass::urgent_rush, [](const auto& p) {
          return PeakPxPerS(p) > 640 && PeakPxPerS(p) < 3100;  // peaks of 80 … 100 % of 800 … 3000 px/s
        }) > 0.95);
  CHECK(Share(BehaviorClass::urgent_rush,
              [](const auto& p) { return Distance(p.front(), p.back()) > 0.8 * PathPx(p); }) > 0.6);
}

TEST_CASE("casual_explore is slow and smooth", "[behavior]") {
  CHECK(Share(BehaviorClass::casual_explore, [](const auto& p) {
          const double mean = PathPx(p) / Seconds(p);
          return mean > 40 && mean < 600;
        }) > 0.95);
  CHECK(Share(BehaviorClass::casual_explore, [](const auto& p) { return PeakPxPerS(p) < 700; }) > 0.95);
}

TEST_CASE("uncertain is a blend, or hardly a movement", "[behavior]") {
  const double little = Share(BehaviorClass::uncertain, [](const auto& p) { return PathPx(p) < 80; });
  CHECK(little > 0.2);
  CHECK(little < 0.5);
}

TEST_CASE("labelled samples are balanced and the sets share no seed", "[behavior]") {
  const LabeledSample train = MakeSample(kTrainingSeed, 8, ParameterSplit::train);
  const LabeledSample test = MakeSample(kTestSeed, 8, ParameterSplit::test);
  CHECK(train.label == BehaviorClass::precision_snipe);
  CHECK(test.label == train.label);
  CHECK(train.seed == 0x100000008u);
  CHECK(test.seed == 0x200000008u);
  GeneratorOptions options;
  options.split = ParameterSplit::test;
  CHECK(test.features == ExtractFeatures(GenerateTrajectory(test.label, test.seed, options)).value());
}

}  // namespace
}  // namespace alice
