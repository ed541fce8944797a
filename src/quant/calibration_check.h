#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace alice {

/// Fewer samples than this say nothing about a model.
inline constexpr std::size_t kMinCalibrationSamples = 32;

/// Calibration rows [rows, width] and what is known of them.
struct CalibrationRows {
  std::span<const float> values;
  std::size_t width = 0;
  std::span<const std::int32_t> labels;  ///< one a row, −1 where unknown; may be empty
  /// A behaviour data set: values must lie in [0, 1], and every class must occur when labels are known.
  bool is_behavior_set = false;
  std::size_t floats = static_cast<std::size_t>(-1);  ///< only so many values at the beginning of each row are f32

  [[nodiscard]] std::size_t rows() const { return width == 0 ? 0 : values.size() / width; }
  [[nodiscard]] std::span<const float> row(std::size_t index) const { return values.subspan(index * width, width); }
};

/// Whether the rows can be used for a model that takes `input_width` values and gives these classes.
/// Errors, in this order of checks, naming the sample and the value: calibration_width, calibration_too_few,
/// calibration_not_finite, calibration_out_of_range, calibration_class_missing.
Status CheckCalibration(const CalibrationRows& rows, std::size_t input_width, std::span<const std::string> classes);

}  // namespace alice
