#pragma once

#include <cstdint>

#include "ir/resized_axes.h"

namespace alice {

/// Where place `place` of a resized axis lies in the source (ONNX Resize-19, coordinate_transformation_mode), in float.
float SourceCoordinate(const ResizeAttributes& resize, const ResizedAxis& axis, std::int64_t place);

/// The place of the source nearest to that, within it (nearest_mode).
std::int64_t NearestPlace(const ResizeAttributes& resize, const ResizedAxis& axis, std::int64_t place);

/// The places and weights that linear (2) or cubic (4) interpolation takes for `place`. What lies outside of the source
/// counts as its border, or not at all (exclude_outside, weights again summing up to 1). With tf_crop_and_resize the first
/// index is −1 where the coordinate is outside.
void TapsOf(const ResizeAttributes& resize, const ResizedAxis& axis, std::int64_t place, std::int32_t* indices,
            float* weights);

}  // namespace alice
