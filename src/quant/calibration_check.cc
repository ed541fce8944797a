#include "quant/calibration_check.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace alice {
namespace {

Status CheckValues(const CalibrationRows& rows) {
  for (std::size_t sample = 0; sample < rows.rows(); ++sample) {
    const std::span<const float> row = rows.row(sample);
    for (std::size_t column = 0; column < std::min(row.size(), rows.floats); ++column) {
      const float x = row[column];
      const bool is_in_range = !rows.is_behavior_set || (x >= 0.0f && x <= 1.0f);
      if (std::isfinite(x) && is_in_range) continue;
      if (!std::isfinite(x)) {
        return MakeError(ErrorCode::calibration_not_finite, "value ", column, " of calibration sample ", sample, " is ",
                         x);
      }
      return MakeError(ErrorCode::calibration_out_of_range, "feature ", column, " of calibration sample ", sample,
                       " is ", x, ", outside [0, 1]");
    }
  }
  return {};
}

Status CheckLabels(const CalibrationRows& rows, std::span<const std::string> classes) {
  std::vector<std::size_t> counts(classes.size(), 0);
  bool labelled = false;
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    const std::int32_t label = rows.labels[i];
    if (label < 0) continue;
    if (static_cast<std::size_t>(label) >= classes.size()) {
      return MakeError(ErrorCode::argument_invalid, "calibration sample ", i, " has the label ", label,
                       ", but the model gives ", classes.size(), " classes");
    }
    labelled = true;
    ++counts[static_cast<std::size_t>(label)];
  }
  if (!rows.is_behavior_set || !labelled) return {};
  for (std::size_t label = 0; label < classes.size(); ++label) {
    if (counts[label] == 0) {
      return MakeError(ErrorCode::calibration_class_missing, "class ", classes[label], " has no calibration sample")
          .WithHint("give samples of every class, about equally many");
    }
  }
  return {};
}

}  // namespace

Status CheckCalibration(const CalibrationRows& rows, std::size_t input_width, std::span<const std::string> classes) {
  if (rows.width != input_width) {
    return MakeError(ErrorCode::calibration_width, "a calibration sample has ", rows.width,
                     " values, but the model takes ", input_width);
  }
  if (rows.rows() < kMinCalibrationSamples) {
    return MakeError(ErrorCode::calibration_too_few, rows.rows(), " calibration samples are too few: at least ",
                     kMinCalibrationSamples, " are needed");
  }
  ALICE_RETURN_IF_ERROR(CheckValues(rows));
  return CheckLabels(rows, classes);
}

}  // namespace alice
