#include "ir/resized_axes.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace alice {
namespace {

using Axes = std::array<ResizedAxis, kMaxRank>;

Result<std::size_t> PlaceOf(const ResizeAttributes& resize, std::size_t index, const Shape& shape) {
  const auto rank = static_cast<std::int64_t>(shape.rank());
  const std::int64_t axis = resize.axes[index] < 0 ? resize.axes[index] + rank : resize.axes[index];
  if (axis >= 0 && axis < rank) return static_cast<std::size_t>(axis);
  return MakeError(ErrorCode::shape_mismatch, "the axis ", resize.axes[index], " is not one of ", rank);
}

std::int64_t ScaledSize(float size) {
  return static_cast<std::int64_t>(std::floor(std::min(size, static_cast<float>(kMaxElements + 1))));
}

/// The scale that all axes have where the aspect ratio is kept.
Result<float> CommonScale(const ResizeAttributes& resize, const Shape& shape) {
  std::optional<float> common;
  for (std::size_t i = 0; i < resize.axes.rank(); ++i) {
    ALICE_ASSIGN_OR_RETURN(const std::size_t axis, PlaceOf(resize, i, shape));
    if (shape[axis] <= 0) continue;
    const float scale = static_cast<float>(resize.sizes[i]) / static_cast<float>(shape[axis]);
    const float before = common.value_or(scale);
    common = resize.aspect_ratio == AspectRatio::not_larger ? std::min(before, scale) : std::max(before, scale);
  }
  return common.value_or(1.0f);
}

Status SetSize(const ResizeAttributes& resize, std::size_t index, float common, ResizedAxis& axis) {
  const bool keeps = !resize.scales.empty() && resize.scales[index] == 1.0f;
  if (axis.from < 0 && !keeps) {
    return MakeError(ErrorCode::shape_unresolved, "the symbolic axis ", resize.axes[index], " cannot be resized");
  }
  if (axis.from == 0 && resize.sizes.rank() > 0 && resize.sizes[index] > 0) {
    return MakeError(ErrorCode::shape_mismatch, "the axis ", resize.axes[index], " is empty and cannot become ",
                     resize.sizes[index]);
  }
  if (axis.from > 0) {
    const auto from = static_cast<float>(axis.from);
    if (!resize.scales.empty()) {
      axis.scale = resize.scales[index];
      axis.length = from * axis.scale;
      axis.to = ScaledSize(axis.length);
    } else if (resize.aspect_ratio != AspectRatio::stretch) {
      axis.scale = common;
      axis.length = from * common;
      axis.to = ScaledSize(axis.length + 0.5f);
    } else {
      axis.to = resize.sizes[index];
      axis.length = static_cast<float>(axis.to);
      axis.scale = static_cast<float>(axis.to) / from;
    }
  }
  if (resize.coordinates == Coordinates::tf_crop_and_resize) {
    axis.roi_begin = resize.roi[index];
    axis.roi_end = resize.roi[index + resize.axes.rank()];
  }
  axis.moves = axis.to != axis.from || axis.scale != 1.0f || axis.roi_begin != 0.0f || axis.roi_end != 1.0f;
  return {};
}

}  // namespace

Result<Axes> ResizedAxes(const ResizeAttributes& resize, const Shape& shape) {
  Axes axes;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) axes[axis].from = axes[axis].to = shape[axis];
  float common = 1.0f;
  if (resize.aspect_ratio != AspectRatio::stretch && resize.sizes.rank() > 0) {
    ALICE_ASSIGN_OR_RETURN(common, CommonScale(resize, shape));
  }
  std::array<bool, kMaxRank> seen{};
  for (std::size_t i = 0; i < resize.axes.rank(); ++i) {
    ALICE_ASSIGN_OR_RETURN(const std::size_t axis, PlaceOf(resize, i, shape));
    if (std::exchange(seen[axis], true)) {
      return MakeError(ErrorCode::shape_mismatch, "the axis ", resize.axes[i], " is resized twice");
    }
    ALICE_RETURN_IF_ERROR(SetSize(resize, i, common, axes[axis]));
  }
  return axes;
}

}  // namespace alice
