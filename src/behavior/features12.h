#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "behavior/trajectory.h"

namespace alice {

/// What is measured of a trajectory; the value is the index of the classifier's input. The list is in
/// features.inc.
enum class Feature : std::uint8_t {
#define ALICE_BEHAVIOR_FEATURE(name, divisor, text) name,
#include "behavior/features.inc"
#undef ALICE_BEHAVIOR_FEATURE
};

/// The names of the features, in the order of their values.
inline constexpr auto kFeatureNames = std::to_array<std::string_view>({
#define ALICE_BEHAVIOR_FEATURE(name, divisor, text) #name,
#include "behavior/features.inc"
#undef ALICE_BEHAVIOR_FEATURE
});

/// What each raw feature is divided by before it is clamped to [0, 1].
inline constexpr auto kFeatureDivisors = std::to_array<double>({
#define ALICE_BEHAVIOR_FEATURE(name, divisor, text) divisor,
#include "behavior/features.inc"
#undef ALICE_BEHAVIOR_FEATURE
});

inline constexpr std::size_t kFeatureCount = 12;
static_assert(kFeatureNames.size() == kFeatureCount);

/// Fewer moments than this say nothing.
inline constexpr std::size_t kMinMoments = 4;
/// A shorter path says nothing.
inline constexpr double kMinPath_px = 1.0;
/// A shorter segment has no direction.
inline constexpr double kMinDirection_px = 0.5;

/// The classifier's input: every value in [0, 1].
struct Features12 {
  std::array<float, kFeatureCount> values{};
  bool insufficient = false;  ///< too little movement to tell: all values are 0

  float operator[](Feature feature) const { return values[static_cast<std::size_t>(feature)]; }
  friend bool operator==(const Features12&, const Features12&) = default;
};

/// The 12 features of a trajectory, each clamp(raw / divisor, 0, 1), computed in double and rounded to float at the end.
///
/// `moments` are the points with those of equal time merged (ForEachMoment), p_0 … p_n at t_0 … t_n; segment i goes from
/// p_i to p_{i+1}.
///
///   speed         v_i = 1000·|p_{i+1} − p_i| / (t_{i+1} − t_i), at the segment's middle m_i = (t_i + t_{i+1}) / 2
///   acceleration  a_i = 1000·(v_{i+1} − v_i) / (m_{i+1} − m_i), at (m_i + m_{i+1}) / 2; mean and maximum of |a_i|
///   jerk          the same of the signed a_i: each difference is over the time between the middles of what it takes apart
///   directions    a chain of segments of at least 0.5 px: a shorter one is merged into the next, until the chord from
///                 where it began is long enough; what is left at the end is dropped. Lengths of directions are those of
///                 chords
///   turn          angle between two directions that follow each other, 0 … π
///   curvature     turn / mean length of the two directions; mean and maximum. No turn: 0, as for the mean turn
///   entropy       −Σ w_b·log2 w_b of eight bins of 45°, the first centred on +x; w_b is a bin's share of the length
///   straightness  |p_n − p_0| / Σ |p_{i+1} − p_i|, of all segments, not only those with a direction
///   frequency     see speed_spectrum.h; a constant speed gives 0
///
/// Fewer than 4 moments or a path under 1 px: all zeros and `insufficient`. Any number of points; no memory is allocated,
/// and the result is the same on every target. Errors: those of CheckTrajectory.
Result<Features12> ExtractFeatures(std::span<const Point> points);

}  // namespace alice
