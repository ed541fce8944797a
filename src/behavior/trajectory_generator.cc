#include "behavior/trajectory_generator.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "behavior/feature_window.h"
#include "behavior/motion_plan.h"
#include "behavior/random.h"
#include "numeric/portable_math.h"
#include "numeric/rounding.h"

namespace alice {
namespace {

// Common screens in CSS pixels. Those of even index belong to the train split, those of odd index to the test
// split.
constexpr std::array<Screen, 10> kScreens = {{{1920, 1080},
                                              {1366, 768},
                                              {2560, 1440},
                                              {1680, 1050},
                                              {1280, 720},
                                              {1536, 864},
                                              {1440, 900},
                                              {3440, 1440},
                                              {820, 1180},
                                              {1024, 1366}}};
constexpr std::array<double, 5> kPixelRatios = {1, 1.25, 1.5, 2, 3};

/// `given` clamped to [low, high]; nothing where it is missing (0 or NaN).
std::optional<double> Given(double given, double low, double high) {
  if (given == 0 || std::isnan(given)) return std::nullopt;
  return std::clamp(given, low, high);
}

Screen DrawScreen(Random& random, ParameterSplit split) {
  if (split == ParameterSplit::any) return kScreens[random.Below(kScreens.size())];
  return kScreens[2 * random.Below(kScreens.size() / 2) + (split == ParameterSplit::test ? 1 : 0)];
}

/// Physiological tremor: the frequency of muscle and limb, 8–12 Hz, a fraction of a pixel high.
struct Tremor {
  double hz, x_px, y_px, x_phase, y_phase;

  void AddTo(Point& point) const {
    const double turns = hz * point.t_ms / 1000;
    point.x_px += x_px * SinTurns(turns + x_phase);
    point.y_px += y_px * SinTurns(turns + y_phase);
  }
};

/// One axis of the pointing device: whole device pixels within the screen. It answers when the hand is three
/// quarters of a pixel away, so that a hand at rest between two pixels does not flicker.
class Axis {
 public:
  Axis(double ratio, double size_px) : ratio_(ratio), size_px_(size_px) {}

  /// Moves to `at_px`; whether the pixel changed.
  bool Follow(double at_px) {
    const double device = std::clamp(at_px, 0.0, size_px_ - 1) * ratio_;
    if (std::fabs(device - pixel_) < 0.75) return false;
    const auto pixel = static_cast<double>(RoundHalfEven(static_cast<float>(device)));
    const bool changed = pixel != pixel_;
    pixel_ = pixel;
    return changed;
  }
  double px() const { return pixel_ / ratio_; }

 private:
  double ratio_, size_px_;
  double pixel_ = -1e9;
};

}  // namespace

std::vector<Point> GenerateTrajectory(BehaviorClass behavior, std::uint64_t seed, const GeneratorOptions& options) {
  Random random(seed, static_cast<std::uint64_t>(behavior));
  const auto main = [&](double low, double high) { return DrawMain(random, options.split, low, high); };

  // Everything is drawn whether it is given or not: an option changes only what it names.
  const double drawn_hz = main(60, 125);
  const double sample_hz = Given(options.sample_hz, 10, 1000).value_or(drawn_hz);
  const double period_ms = 1000 / sample_hz;
  const double drawn_ms = main(kMinWindow_ms, kMaxWindow_ms);
  const double duration_ms =
      Given(options.duration_ms, 100, 60000).value_or(std::min(drawn_ms, (kMaxWindowPoints - 1) * period_ms));
  const Screen drawn_screen = DrawScreen(random, options.split);
  const auto width_px = Given(options.screen_width_px, 100, 16384);
  const auto height_px = Given(options.screen_height_px, 100, 16384);
  const Screen screen = width_px && height_px ? Screen{*width_px, *height_px} : drawn_screen;
  const double drawn_ratio = kPixelRatios[random.Below(kPixelRatios.size())];
  const double ratio = Given(options.pixel_ratio, 0.25, 8).value_or(drawn_ratio);
  const Tremor tremor{main(8, 12), main(0.03, 0.25), main(0.03, 0.25), random.Unit(), random.Unit()};
  const double drop_chance = main(0, 0.06), coalesce_chance = main(0, 0.06), jitter = main(0.01, 0.15);

  const MotionPlan plan = PlanMotion(behavior, random, options.split, screen, duration_ms);

  std::vector<Point> points;
  Axis x(ratio, screen.width_px), y(ratio, screen.height_px);
  std::uint32_t delivered_at = 0;  // the sample whose time a coalesced event waits for
  const auto samples = static_cast<std::uint32_t>(duration_ms / period_ms);
  for (std::uint32_t k = 0; k <= samples; ++k) {
    const double off_ms = std::clamp(jitter * random.Normal(), -0.4, 0.4) * period_ms;
    const bool dropped = random.Chance(drop_chance), coalesces = random.Chance(coalesce_chance);
    Point hand = plan.At(k == 0 ? 0 : k * period_ms + off_ms);
    tremor.AddTo(hand);
    if (dropped && k > 0) continue;
    const bool moved_x = x.Follow(hand.x_px), moved_y = y.Follow(hand.y_px);
    if (!moved_x && !moved_y) continue;
    const double t_ms = static_cast<double>(RoundHalfEven(static_cast<float>(hand.t_ms * 10))) / 10;
    // A coalesced event is delivered together with the next one, at that one's time.
    if (k > 0 && delivered_at == k) points.back().t_ms = t_ms;
    if (k > 0 && coalesces) delivered_at = k + 1;
    points.push_back({x.px(), y.px(), t_ms});
  }
  return points;
}

}  // namespace alice
