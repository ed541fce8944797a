#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace alice {

// Axes may be negative, and are as ONNX gives them. What ONNX gives as constant inputs lies here, not in the node's inputs.

/// ONNX Slice-13: entry i is about axes[i]. All four lists are of one length.
struct SliceAttributes {
  Shape starts, ends, axes, steps;
};

/// ONNX Gather-13: the slices of the data along `axis` that the indices name.
struct GatherAttributes {
  std::int64_t axis = 0;
};

/// ONNX Squeeze-13: without axes all of size 1. ONNX Unsqueeze-13: where the result has axes of size 1.
struct AxesAttributes {
  Shape axes;
};

/// ONNX Expand-13: what to broadcast with.
struct ExpandAttributes {
  Shape dims;
};

/// ONNX Tile-13: one number an axis.
struct TileAttributes {
  Shape repeats;
};

enum class PadMode : std::uint8_t { constant, reflect, edge, wrap };

/// ONNX Pad-19: entry i is about axes[i]; negative pads crop. The constant is input 2, or `value` where that is not given;
/// input 1 is never given.
struct PadAttributes {
  PadMode mode = PadMode::constant;
  Shape begins, ends, axes;
  float value = 0.0f;
};

/// ONNX Split-18: the size of each output, or nothing where they are equal. With `last_is_smaller` the last of them takes
/// what is left.
struct SplitAttributes {
  std::int64_t axis = 0;
  std::vector<std::int64_t> sizes;
  bool last_is_smaller = false;
};

/// ONNX Shape-15: the sizes of the axes [start, end), clamped to those that are there.
struct ShapeAttributes {
  std::int64_t start = 0;
  std::optional<std::int64_t> end;
};

/// ONNX ConstantOfShape-9.
struct FillAttributes {
  Shape dims;
  DType dtype = DType::f32;
  std::array<std::byte, 8> element{};  ///< its first SizeOf(dtype) bytes
};

/// ONNX DepthToSpace-13, SpaceToDepth-13. DepthToSpace: the blocks' places are the outer part of the channels (DCR), or
/// the inner one (CRD).
struct BlockAttributes {
  std::int64_t size = 1;
  bool channels_outermost = false;
};

enum class ResizeMode : std::uint8_t { nearest, linear, cubic };
enum class Coordinates : std::uint8_t {
  half_pixel,
  half_pixel_symmetric,
  pytorch_half_pixel,
  align_corners,
  asymmetric,
  tf_half_pixel_for_nn,
  tf_crop_and_resize,
};
enum class NearestMode : std::uint8_t { round_prefer_floor, round_prefer_ceil, floor, ceil };
enum class AspectRatio : std::uint8_t { stretch, not_larger, not_smaller };

/// ONNX Resize-19 without antialiasing: either `scales` or `sizes`, entry i about axes[i]; `roi` has the beginnings of all
/// of these axes, then their ends, where the coordinates are those of tf_crop_and_resize.
struct ResizeAttributes {
  ResizeMode mode = ResizeMode::nearest;
  Coordinates coordinates = Coordinates::half_pixel;
  NearestMode nearest = NearestMode::round_prefer_floor;
  AspectRatio aspect_ratio = AspectRatio::stretch;
  float cubic_a = -0.75f;
  bool exclude_outside = false;
  float extrapolation = 0.0f;
  Shape axes, sizes;
  std::vector<float> scales, roi;
};

}  // namespace alice
