#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "engine/row_layout.h"
#include "tensor/buffer.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Calibration rows as they were handed in, in the model's layout (row_layout.h). A flat array has width 0 and no labels: it
/// is cut into rows of the model's width.
struct StagedCalibration {
  /// Without calibration data a model is compared on this many rows of seeded noise in [0, 1).
  static constexpr std::size_t kSyntheticRows = 256;
  /// Fewer rows of wide inputs: about this many values in all.
  static constexpr std::size_t kSyntheticValues = std::size_t{1} << 20;

  bool is_given = false;
  Buffer values;  ///< [rows, width]
  Buffer labels;  ///< s32 [rows], −1 where unknown
  std::size_t rows = 0;
  std::size_t width = 0;
  bool is_behavior_set = false;

  /// Rows of noise, `most_rows` at most, of zeros where they are not f32. Errors: budget_exceeded, out_of_memory.
  static Result<StagedCalibration> Noise(const RowLayout& layout, MemoryBudget& budget,
                                         std::size_t most_rows = kSyntheticRows);

  /// Cuts a flat array into rows, brings the labels of a behaviour set into the model's order (−1 for classes that it does
  /// not have), and checks all. Errors: calibration_width, those of CheckCalibration.
  Status Check(const RowLayout& inputs, std::span<const std::string> classes);
};

}  // namespace alice
