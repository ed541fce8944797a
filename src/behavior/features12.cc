#include "behavior/features12.h"

#include <algorithm>
#include <cmath>

#include "behavior/speed_spectrum.h"
#include "numeric/portable_math.h"

namespace alice {
namespace {

class Extremes {
 public:
  void Add(double value) {
    sum_ += value;
    max_ = std::max(max_, value);
    ++count_;
  }
  double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }
  double max() const { return max_; }

 private:
  double sum_ = 0;
  double max_ = 0;
  std::size_t count_ = 0;
};

/// Speed, acceleration and jerk of segments that are added one by one.
class Kinematics {
 public:
  void Add(double speed_px_s, double middle_ms) {
    speed_.Add(speed_px_s);
    // Welford (1962): the mean and the sum of squared deviations so far.
    const double off = speed_px_s - running_mean_;
    running_mean_ += off / static_cast<double>(segments_ + 1);
    squares_ += off * (speed_px_s - running_mean_);

    if (segments_ >= 1) {
      const double a = 1000 * (speed_px_s - last_speed_) / (middle_ms - last_middle_ms_);
      const double time_ms = (middle_ms + last_middle_ms_) / 2;
      acceleration_.Add(std::fabs(a));
      if (segments_ >= 2) jerk_.Add(1000 * std::fabs(a - last_acceleration_) / (time_ms - last_time_ms_));
      last_acceleration_ = a;
      last_time_ms_ = time_ms;
    }
    last_speed_ = speed_px_s;
    last_middle_ms_ = middle_ms;
    ++segments_;
  }

  const Extremes& speed() const { return speed_; }
  const Extremes& acceleration() const { return acceleration_; }
  const Extremes& jerk() const { return jerk_; }
  double speed_std() const { return segments_ > 0 ? std::sqrt(squares_ / static_cast<double>(segments_)) : 0; }

 private:
  Extremes speed_, acceleration_, jerk_;
  std::size_t segments_ = 0;
  double running_mean_ = 0, squares_ = 0;
  double last_speed_ = 0, last_middle_ms_ = 0;
  double last_acceleration_ = 0, last_time_ms_ = 0;
};

/// Which of eight sectors of 45° the vector lies in; sector 0 is centred on +x, then on towards +y.
std::size_t Sector(double dx, double dy) {
  constexpr double kTan22_5 = 0.41421356237309503;
  const double ax = std::fabs(dx), ay = std::fabs(dy);
  if (ay <= ax * kTan22_5) return dx > 0 ? 0 : 4;
  if (ax <= ay * kTan22_5) return dy > 0 ? 2 : 6;
  if (dx > 0) return dy > 0 ? 1 : 7;
  return dy > 0 ? 3 : 5;
}

/// Directions and turns of moments that are added one by one.
class Directions {
 public:
  explicit Directions(const Point& start) : anchor_(start) {}

  void Add(const Point& point) {
    const double dx = point.x_px - anchor_.x_px, dy = point.y_px - anchor_.y_px;
    const double length = std::sqrt(dx * dx + dy * dy);
    if (length < kMinDirection_px) return;
    if (last_length_ > 0) {
      const double turn = HalfPlaneAngle(last_dx_ * dx + last_dy_ * dy, std::fabs(last_dx_ * dy - last_dy_ * dx));
      turn_.Add(turn);
      curvature_.Add(2 * turn / (last_length_ + length));
    }
    sectors_[Sector(dx, dy)] += length;
    total_length_ += length;
    last_dx_ = dx;
    last_dy_ = dy;
    last_length_ = length;
    anchor_ = point;
  }

  const Extremes& turn() const { return turn_; }
  const Extremes& curvature() const { return curvature_; }
  double entropy_bits() const {
    double entropy = 0;
    for (const double length : sectors_) {
      if (length > 0) entropy -= length / total_length_ * Log2(length / total_length_);
    }
    return entropy;
  }

 private:
  Point anchor_;
  Extremes turn_, curvature_;
  std::array<double, 8> sectors_{};
  double total_length_ = 0;
  double last_dx_ = 0, last_dy_ = 0, last_length_ = 0;
};

double DistancePx(const Point& a, const Point& b) {
  const double dx = b.x_px - a.x_px, dy = b.y_px - a.y_px;
  return std::sqrt(dx * dx + dy * dy);
}

}  // namespace

Result<Features12> ExtractFeatures(std::span<const Point> points) {
  ALICE_RETURN_IF_ERROR(CheckTrajectory(points));

  std::size_t moments = 0;
  Point start, last;
  double path_px = 0;
  Kinematics kinematics;
  std::optional<Directions> directions;
  std::optional<SpeedResampler> speeds;
  ForEachMoment(points, [&](const Point& moment) {
    if (moments++ == 0) {
      start = moment;
      directions.emplace(moment);
      speeds.emplace(-moment.t_ms);
    } else {
      const double length_px = DistancePx(last, moment);
      const double speed_px_s = 1000 * length_px / (moment.t_ms - last.t_ms);
      const double middle_ms = (last.t_ms + moment.t_ms) / 2;
      path_px += length_px;
      kinematics.Add(speed_px_s, middle_ms);
      directions->Add(moment);
      speeds->Add(middle_ms, speed_px_s);
    }
    last = moment;
  });

  Features12 features;
  if (moments < kMinMoments || path_px < kMinPath_px) {
    features.insufficient = true;
    return features;
  }
  const auto set = [&](Feature feature, double raw) {
    const auto i = static_cast<std::size_t>(feature);
    features.values[i] = static_cast<float>(std::clamp(raw / kFeatureDivisors[i], 0.0, 1.0));
  };
  set(Feature::velocity_avg, kinematics.speed().mean());
  set(Feature::velocity_max, kinematics.speed().max());
  set(Feature::velocity_std, kinematics.speed_std());
  set(Feature::acceleration_avg, kinematics.acceleration().mean());
  set(Feature::acceleration_max, kinematics.acceleration().max());
  set(Feature::curvature_avg, directions->curvature().mean());
  set(Feature::curvature_max, directions->curvature().max());
  set(Feature::jerk_avg, kinematics.jerk().mean());
  set(Feature::angle_change_rate, directions->turn().mean());
  set(Feature::direction_entropy, directions->entropy_bits());
  set(Feature::straightness, DistancePx(start, last) / path_px);
  set(Feature::dominant_frequency, DominantFrequencyHz(speeds->Finish()));
  return features;
}

}  // namespace alice
