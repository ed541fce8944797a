#pragma once

#include <array>

#include "base/result.h"
#include "ir/movement_attributes.h"

namespace alice {

/// What a Resize does to one axis.
struct ResizedAxis {
  std::int64_t from = 0, to = 0;           ///< sizes
  float scale = 1.0f;                      ///< of the coordinates: to / from, or as given
  float length = 0.0f;                     ///< behind, for coordinates: from · scale, which need not be whole, or to
  float roi_begin = 0.0f, roi_end = 1.0f;  ///< of tf_crop_and_resize
  bool moves = false;                      ///< anything but a copy of the axis
};

/// Of every axis of an input of that shape, where −1 is a size that is not known. ONNX Resize-19: a scale gives the size
/// floor(from · scale), reckoned in float; sizes give the scale, which is the smallest or the greatest of all where the
/// aspect ratio is kept (the sizes then being round(scale · from), half up). Errors: shape_mismatch for axes that are not
/// there or named twice, for an empty axis that is to have elements; shape_unresolved where an unknown axis is resized.
Result<std::array<ResizedAxis, kMaxRank>> ResizedAxes(const ResizeAttributes& resize, const Shape& shape);

}  // namespace alice
