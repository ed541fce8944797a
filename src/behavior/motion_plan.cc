#include "behavior/motion_plan.h"

#include <algorithm>
#include <cmath>

#include "numeric/portable_math.h"

namespace alice {
namespace {

/// Peak over mean speed of a minimum-jerk movement.
constexpr double kPeakOverMean = 1.875;
/// Distance that plans keep from the edge of the screen, of its shorter side.
constexpr double kMargin = 0.04;

/// Writes the plan of one behaviour, or of several one after the other.
class Planner {
 public:
  Planner(Random& random, ParameterSplit split, const Screen& screen)
      : random_(random), split_(split), screen_(screen) {
    margin_px_ = kMargin * std::min(screen.width_px, screen.height_px);
  }

  void Plan(BehaviorClass behavior, double begin_ms, double end_ms) {
    begin_ms_ = begin_ms;
    end_ms_ = end_ms;
    switch (behavior) {
      case BehaviorClass::lost_confused:
        return PlanLost();
      case BehaviorClass::rage_shake:
        return PlanRage();
      case BehaviorClass::precision_snipe:
        return PlanSnipe();
      case BehaviorClass::urgent_rush:
        return PlanRush();
      case BehaviorClass::casual_explore:
        return PlanExplore();
      case BehaviorClass::uncertain:
        return random_.Chance(0.6) ? PlanBlend() : PlanLittle();
    }
  }

  MotionPlan Take() && { return std::move(plan_); }

 private:
  double Main(double low, double high) { return DrawMain(random_, split_, low, high); }

  bool IsInside(double x_px, double y_px) const {
    return x_px >= margin_px_ && x_px <= screen_.width_px - margin_px_ && y_px >= margin_px_ &&
           y_px <= screen_.height_px - margin_px_;
  }

  /// The first part of a window is begun anywhere on the screen; a later one where the part before it ends.
  void Depart(double x_px, double y_px) {
    if (departed_) return;
    departed_ = true;
    plan_.x_px = x_ = x_px;
    plan_.y_px = y_ = y_px;
  }
  void DepartAnywhere() {
    const double x_px = random_.Uniform(0.15, 0.85) * screen_.width_px;
    Depart(x_px, random_.Uniform(0.15, 0.85) * screen_.height_px);
  }
  /// Departs from where a movement by (dx, dy) is likely to stay on the screen.
  void DepartWithRoom(double dx, double dy) {
    const auto place = [&](double size_px, double d) {
      const double low = margin_px_ + std::max(0.0, -d), high = size_px - margin_px_ - std::max(0.0, d);
      return low < high ? random_.Uniform(low, high) : (d > 0 ? margin_px_ : size_px - margin_px_);
    };
    const double x_px = place(screen_.width_px, dx);
    Depart(x_px, place(screen_.height_px, dy));
  }

  /// When a movement that goes on all the time began: a later part of a window has nothing before it.
  double BeganBefore(double most_ms) { return begin_ms_ > 0 ? begin_ms_ : begin_ms_ - random_.Uniform(0, most_ms); }

  void AddStroke(double start_ms, double duration_ms, double dx_px, double dy_px, double bow) {
    plan_.strokes.push_back({start_ms, duration_ms, dx_px, dy_px, bow});
    x_ += dx_px;
    y_ += dy_px;
  }

  /// `heading` (in turns), or one that leads back from the edge of the screen where it would leave it.
  double TurnFromEdge(double heading, double distance_px) const {
    const double dx = CosTurns(heading) * distance_px, dy = SinTurns(heading) * distance_px;
    const bool leaves_x = x_ + dx < margin_px_ || x_ + dx > screen_.width_px - margin_px_;
    const bool leaves_y = y_ + dy < margin_px_ || y_ + dy > screen_.height_px - margin_px_;
    if (leaves_x) heading = 0.5 - heading;
    if (leaves_y) heading = -heading;
    return heading;
  }

  /// Wandering with changes of mind: short slow strokes, a heading that walks at random, pauses.
  void PlanLost() {
    DepartAnywhere();
    const double speed_px_s = Main(45, 135);
    const double stroke_ms = Main(180, 420);
    const double turn_std = Main(0.13, 0.34);
    const double pause_share = Main(0.2, 0.6);
    double heading = random_.Unit();
    for (double t_ms = BeganBefore(500); t_ms < end_ms_;) {
      const double duration_ms = stroke_ms * random_.Uniform(0.6, 1.4);
      const double distance_px = speed_px_s * random_.Uniform(0.5, 1.4) * duration_ms / 1000;
      heading = TurnFromEdge(heading, distance_px);
      AddStroke(t_ms, duration_ms, CosTurns(heading) * distance_px, SinTurns(heading) * distance_px,
                random_.Uniform(-0.15, 0.15));
      t_ms += duration_ms * random_.Uniform(0.75, 1.0);
      if (random_.Chance(pause_share)) t_ms += random_.Uniform(80, 450);
      heading += turn_std * random_.Normal();
    }
  }

  /// Back and forth about one place, 4 to 10 reversals a second.
  void PlanRage() {
    const double half_period_ms = 1000 / Main(4, 10);
    const double amplitude_px = std::min(Main(40, 250), 0.8 * std::min(screen_.width_px, screen_.height_px));
    double axis = random_.Unit();
    DepartWithRoom(CosTurns(axis) * amplitude_px, SinTurns(axis) * amplitude_px);
    double center_x = x_ + CosTurns(axis) * amplitude_px / 2, center_y = y_ + SinTurns(axis) * amplitude_px / 2;
    const double axis_std = random_.Uniform(0.005, 0.03), bow = random_.Uniform(-0.2, 0.2);
    double side = 1;
    for (double t_ms = BeganBefore(400); t_ms < end_ms_; side = -side) {
      const double reach_px = side * amplitude_px / 2 * random_.Uniform(0.75, 1.25);
      const double duration_ms = half_period_ms * random_.Uniform(0.88, 1.12);
      AddStroke(t_ms, duration_ms * 1.1, center_x + CosTurns(axis) * reach_px - x_,
                center_y + SinTurns(axis) * reach_px - y_, bow + random_.Uniform(-0.06, 0.06));
      t_ms += duration_ms;
      axis += axis_std * random_.Normal();
      center_x += 0.04 * amplitude_px * random_.Normal();
      center_y += 0.04 * amplitude_px * random_.Normal();
    }
  }

  /// One aimed movement: a primary submovement that falls a little short or long, then corrective ones.
  void PlanSnipe() {
    const double longest_px = 0.8 * std::max(screen_.width_px, screen_.height_px);
    const double distance_px = std::min(Main(160, 950), longest_px);
    const double width_px = Main(10, 80);
    const double difficulty_bits = Log2(2 * distance_px / width_px);
    const double base_ms = Main(80, 200);
    const double whole_ms = base_ms + Main(90, 150) * difficulty_bits;
    const double primary_ms = whole_ms * Main(0.55, 0.75);
    const double heading = HeadingWithRoom(random_.Unit(), distance_px);
    const double dx = CosTurns(heading) * distance_px, dy = SinTurns(heading) * distance_px;
    DepartWithRoom(dx, dy);

    // Endpoint scatter grows with distance: the first submovement covers 88 … 102 % of it.
    const double covered = std::min(1.02, 0.95 + 0.035 * random_.Normal());
    const double aside = 0.012 * random_.Normal();
    double left_x = dx, left_y = dy;
    const auto move = [&](double start_ms, double duration_ms, double share, double sideways, double bow) {
      const double mx = share * left_x - sideways * left_y, my = share * left_y + sideways * left_x;
      AddStroke(start_ms, duration_ms, mx, my, bow);
      left_x -= mx;
      left_y -= my;
    };
    const double slack_ms = std::max(0.0, end_ms_ - begin_ms_ - whole_ms);
    double t_ms = begin_ms_ + random_.Uniform(-0.08 * primary_ms, 0.8 * slack_ms);
    move(t_ms, primary_ms, covered, aside, random_.Uniform(-0.04, 0.04));
    t_ms += primary_ms;
    const auto corrections = static_cast<int>(1 + random_.Below(difficulty_bits > 4.5 ? 3 : 2));
    for (int i = 1; i <= corrections; ++i) {
      const double duration_ms = (whole_ms - primary_ms) / corrections * random_.Uniform(0.8, 1.2);
      const double gap_ms = random_.Uniform(-0.2, 0.4) * duration_ms;
      move(t_ms + gap_ms, duration_ms, i == corrections ? 1.0 : random_.Uniform(0.6, 0.95), 0.1 * random_.Normal(), 0);
      t_ms += gap_ms + duration_ms;
    }
  }

  /// Fast and nearly straight, with short stops; a new way only where the screen ends.
  void PlanRush() {
    const double peak_px_s = Main(800, 3000);
    const double stroke_ms = Main(200, 460);
    const double stop_ms = Main(20, 150);
    const double longest_px = 0.85 * std::max(screen_.width_px, screen_.height_px);
    const double typical_px = std::min(peak_px_s / kPeakOverMean * stroke_ms / 1000, longest_px);
    double heading = HeadingWithRoom(random_.Unit(), typical_px);
    DepartWithRoom(CosTurns(heading) * longest_px, SinTurns(heading) * longest_px);
    for (double t_ms = BeganBefore(stroke_ms); t_ms < end_ms_;) {
      const double duration_ms = stroke_ms * random_.Uniform(0.8, 1.2);
      const double speed_px_s = peak_px_s * random_.Uniform(0.8, 1.0) / kPeakOverMean;
      const double distance_px = std::min(speed_px_s * duration_ms / 1000, longest_px);
      heading = HeadingWithRoom(heading + 0.015 * random_.Normal(), distance_px);
      AddStroke(t_ms, duration_ms, CosTurns(heading) * distance_px, SinTurns(heading) * distance_px,
                random_.Uniform(-0.05, 0.05));
      t_ms += duration_ms + stop_ms * random_.Uniform(0.6, 1.4);
    }
  }

  /// `heading` (in turns) if a movement of this length stays on the screen from here, else the nearest of
  /// some that do.
  double HeadingWithRoom(double heading, double distance_px) {
    const auto has_room = [&](double turns) {
      const double dx = CosTurns(turns) * distance_px, dy = SinTurns(turns) * distance_px;
      if (departed_) return IsInside(x_ + dx, y_ + dy);
      return std::fabs(dx) <= screen_.width_px - 2 * margin_px_ && std::fabs(dy) <= screen_.height_px - 2 * margin_px_;
    };
    const double side = random_.Chance(0.5) ? 1 : -1;
    for (int step = 0; step <= 12; ++step) {
      if (has_room(heading + side * step / 24)) return heading + side * step / 24;
      if (has_room(heading - side * step / 24)) return heading - side * step / 24;
    }
    return heading;
  }

  /// Slow smooth curves: strokes that overlap by half keep the speed even while the heading drifts.
  void PlanExplore() {
    DepartAnywhere();
    const double speed_px_s = Main(55, 480);
    const double stroke_ms = Main(260, 620);
    double drift = Main(0.03, 0.2);  // turns a second
    if (random_.Chance(0.5)) drift = -drift;
    double heading = random_.Unit();
    double pace = 1;
    const double step_ms = stroke_ms / 2;
    for (double t_ms = begin_ms_ > 0 ? begin_ms_ : begin_ms_ - stroke_ms - random_.Uniform(0, step_ms); t_ms < end_ms_;
         t_ms += step_ms) {
      const double distance_px = speed_px_s * pace * step_ms / 1000;
      heading = TurnFromEdge(heading, 3 * distance_px);
      AddStroke(t_ms, stroke_ms, CosTurns(heading) * distance_px, SinTurns(heading) * distance_px, 0);
      heading += drift * step_ms / 1000 + 0.015 * random_.Normal();
      pace = std::clamp(pace + 0.12 * random_.Normal(), 0.6, 1.2);
      if (random_.Chance(step_ms / 2500)) drift = -drift;
    }
  }

  /// Two of the clear behaviours, one after the other.
  void PlanBlend() {
    const auto first = random_.Below(5);
    const auto second = (first + 1 + random_.Below(4)) % 5;
    const double begin_ms = begin_ms_, end_ms = end_ms_;
    const double change_ms = begin_ms + Main(0.35, 0.65) * (end_ms - begin_ms);
    Plan(static_cast<BehaviorClass>(first), begin_ms, change_ms);
    Plan(static_cast<BehaviorClass>(second), change_ms, end_ms);
  }

  /// Hesitation: a few small movements, or none.
  void PlanLittle() {
    DepartAnywhere();
    const double reach_px = Main(1, 15);
    const double rest_ms = Main(150, 900);
    double t_ms = begin_ms_ + random_.Uniform(-200, rest_ms);
    while (t_ms < end_ms_) {
      const double heading = random_.Unit(), distance_px = reach_px * random_.Uniform(0.3, 1.2);
      const double duration_ms = random_.Uniform(150, 400);
      AddStroke(t_ms, duration_ms, CosTurns(heading) * distance_px, SinTurns(heading) * distance_px, 0);
      t_ms += duration_ms + rest_ms * random_.Uniform(0.5, 1.5);
    }
  }

  Random& random_;
  const ParameterSplit split_;
  const Screen screen_;
  double margin_px_ = 0;
  double begin_ms_ = 0, end_ms_ = 0;
  bool departed_ = false;
  double x_ = 0, y_ = 0;  // where the strokes so far will have led, px
  MotionPlan plan_;
};

}  // namespace

Point MotionPlan::At(double t_ms) const {
  Point at{x_px, y_px, t_ms};
  for (const Stroke& stroke : strokes) {
    const double tau = std::clamp((t_ms - stroke.start_ms) / stroke.duration_ms, 0.0, 1.0);
    const double along = tau * tau * tau * (10 + tau * (6 * tau - 15));
    const double aside = stroke.bow * 16 * tau * tau * (1 - tau) * (1 - tau);
    at.x_px += along * stroke.dx_px - aside * stroke.dy_px;
    at.y_px += along * stroke.dy_px + aside * stroke.dx_px;
  }
  return at;
}

double DrawMain(Random& random, ParameterSplit split, double low, double high) {
  constexpr std::uint32_t kBands = 10;
  if (split == ParameterSplit::any) return random.Uniform(low, high);
  const std::uint32_t band = 2 * random.Below(kBands / 2) + (split == ParameterSplit::test ? 1 : 0);
  return low + (high - low) * (band + random.Unit()) / kBands;
}

MotionPlan PlanMotion(BehaviorClass behavior, Random& random, ParameterSplit split, const Screen& screen,
                      double duration_ms) {
  Planner planner(random, split, screen);
  planner.Plan(behavior, 0, duration_ms);
  return std::move(planner).Take();
}

}  // namespace alice
