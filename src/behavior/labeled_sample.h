#pragma once

#include <cstdint>

#include "behavior/behavior_class.h"
#include "behavior/features12.h"
#include "behavior/trajectory_generator.h"

namespace alice {

/// Base seeds of the project's own data. Sample i of base b has the seed b·2^32 + i: the sets share no seed.
inline constexpr std::uint32_t kTrainingSeed = 1;
inline constexpr std::uint32_t kTestSeed = 2;
inline constexpr std::uint32_t kCalibrationSeed = 3;

struct LabeledSample {
  BehaviorClass label = BehaviorClass::uncertain;
  std::uint64_t seed = 0;
  Features12 features;
};

/// Sample `index` of a data set: a generated trajectory's features. Classes take turns, so that any number of
/// samples from 0 on is balanced to ±1. The trajectory itself is GenerateTrajectory(label, seed, {.split =
/// split}).
///
/// The unseen test set is MakeSample(kTestSeed, i, ParameterSplit::test); training and calibration use
/// ParameterSplit::train.
LabeledSample MakeSample(std::uint32_t base_seed, std::uint32_t index, ParameterSplit split);

}  // namespace alice
