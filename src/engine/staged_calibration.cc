#include "engine/staged_calibration.h"

#include <algorithm>
#include <cstdint>

#include "behavior/behavior_class.h"
#include "quant/calibration_check.h"

namespace alice {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014), its upper bits as a float in [0, 1).
void FillWithNoise(std::span<float> values) {
  std::uint64_t state = 0;
  for (float& value : values) {
    state += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    value = static_cast<float>(z >> 40) * 0x1p-24f;
  }
}

/// Labels count the behaviour classes; a model may have them in another order, or others: then a label is unknown.
void TranslateLabels(std::span<std::int32_t> labels, std::span<const std::string> classes) {
  for (std::int32_t& label : labels) {
    if (label < 0 || static_cast<std::size_t>(label) >= kBehaviorClassCount) continue;
    const auto found = std::ranges::find(classes, kBehaviorClassNames[static_cast<std::size_t>(label)]);
    label = found == classes.end() ? -1 : static_cast<std::int32_t>(found - classes.begin());
  }
}

}  // namespace

Result<StagedCalibration> StagedCalibration::Noise(const RowLayout& layout, MemoryBudget& budget,
                                                   std::size_t most_rows) {
  const std::size_t width = layout.words();
  StagedCalibration noise;
  noise.width = width;
  noise.rows = std::clamp<std::size_t>(kSyntheticValues / width, 1, most_rows);
  const auto count = std::uint64_t{noise.rows} * width;
  ALICE_ASSIGN_OR_RETURN(noise.values, Buffer::Allocate(budget, MemoryKind::io, count * sizeof(float)));
  const auto values = noise.values.span<float>();
  FillWithNoise(values);
  for (std::size_t row = 0; row < noise.rows; ++row) {
    std::ranges::fill(values.subspan(row * width + layout.floats(), width - layout.floats()), 0.0f);
  }
  return noise;
}

Status StagedCalibration::Check(const RowLayout& inputs, std::span<const std::string> classes) {
  const std::size_t input_width = inputs.words();
  const auto floats = values.span<const float>();
  if (width == 0) {
    if (floats.size() % input_width != 0) {
      return MakeError(ErrorCode::calibration_width, floats.size(),
                       " calibration values are no whole number of rows of ", input_width,
                       ", the width of the model's input");
    }
    width = input_width;
    rows = floats.size() / input_width;
  }
  if (is_behavior_set) TranslateLabels(labels.span<std::int32_t>(), classes);
  return CheckCalibration({.values = floats,
                           .width = width,
                           .labels = labels.span<const std::int32_t>(),
                           .is_behavior_set = is_behavior_set,
                           .floats = std::min(inputs.floats(), width)},
                          input_width, classes);
}

}  // namespace alice
