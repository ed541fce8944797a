#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "behavior/behavior_class.h"
#include "behavior/trajectory.h"

namespace alice {

/// Changes whenever a seed gives other points than before.
inline constexpr std::string_view kGeneratorVersion = "1.0.0";

/// From which part of its range each main parameter of a movement is drawn. A range is cut into ten bands:
/// `train` has the first, third, …, `test` the second, fourth, …; so what is tested was never trained on and
/// is yet inside what is plausible. The same holds for the list of screens.
enum class ParameterSplit : std::uint8_t { any, train, test };

/// What is not given (0) is drawn from the seed. Values outside the limits are clamped to them.
struct GeneratorOptions {
  ParameterSplit split = ParameterSplit::any;
  double duration_ms = 0;       ///< 100 … 60000; drawn: 1000 … 2000, and at most kMaxWindowPoints points
  double sample_hz = 0;         ///< 10 … 1000; drawn: 60 … 125
  double screen_width_px = 0;   ///< 100 … 16384; drawn from a list of common screens if it or the height is missing
  double screen_height_px = 0;  ///< 100 … 16384
  double pixel_ratio = 0;       ///< device pixels per CSS pixel, 0.25 … 8; drawn: 1 … 3
};

/// A synthetic pointer trajectory of one behaviour; at least one point, times from 0 in steps of 0.1 ms,
/// positions in whole device pixels inside the screen. The same arguments give the same points on every
/// target.
///
/// The hand moves in superposed minimum-jerk submovements (Flash & Hogan 1985; Flash & Henis 1991), aimed
/// ones of the duration of Fitts's law (Fitts 1954; two components as in Meyer et al. 1988), with a
/// physiological tremor of 8–12 Hz. The pointer is then sampled with jitter, dropped and coalesced events; as
/// in a browser there is an event only where the position changed. `uncertain` is two of the other behaviours
/// in one window, or hardly any movement.
std::vector<Point> GenerateTrajectory(BehaviorClass behavior, std::uint64_t seed, const GeneratorOptions& options = {});

}  // namespace alice
