#pragma once

#include <vector>

#include "behavior/behavior_class.h"
#include "behavior/random.h"
#include "behavior/trajectory_generator.h"

namespace alice {

/// One minimum-jerk submovement. At τ = (t − start) / duration in [0, 1] it has moved the hand by
/// d·(10τ³ − 15τ⁴ + 6τ⁵) (Flash & Hogan 1985, eq. 4), and sideways by bow·|d|·16·τ²(1 − τ)².
struct Stroke {
  double start_ms = 0;
  double duration_ms = 0;
  double dx_px = 0;
  double dy_px = 0;
  double bow = 0;
};

/// A movement in continuous time: the sum of its strokes from a place of departure.
struct MotionPlan {
  double x_px = 0;
  double y_px = 0;
  std::vector<Stroke> strokes;

  /// Where the hand is at `t_ms`; the time of the answer is t_ms.
  Point At(double t_ms) const;
};

struct Screen {
  double width_px = 0;
  double height_px = 0;
};

/// A number in [low, high) from the bands of `split`.
double DrawMain(Random& random, ParameterSplit split, double low, double high);

/// The plan of `behavior` for the time from 0 to `duration_ms` on `screen`; it may have begun before.
MotionPlan PlanMotion(BehaviorClass behavior, Random& random, ParameterSplit split, const Screen& screen,
                      double duration_ms);

}  // namespace alice
