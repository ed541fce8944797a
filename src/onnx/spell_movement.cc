#include "onnx/spell_movement.h"

#include <array>
#include <cmath>

#include "ir/resized_axes.h"
#include "onnx/writer.h"

namespace alice {
namespace {

OwnedError Unsayable(const Node& node, std::string_view what) {
  return MakeError(ErrorCode::model_unsupported_attribute, InfoOf(node.kind).name, " \"", node.name, "\" ", what,
                   ", which operator set ", kWrittenOpset, " cannot say")
      .At(node.name);
}

std::size_t FromFront(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

/// Nothing for a Resize that is unsayable.
std::string_view TextOf(Coordinates coordinates) {
  switch (coordinates) {
    case Coordinates::half_pixel:
      return "half_pixel";
    case Coordinates::pytorch_half_pixel:
      return "pytorch_half_pixel";
    case Coordinates::align_corners:
      return "align_corners";
    case Coordinates::asymmetric:
      return "asymmetric";
    case Coordinates::tf_crop_and_resize:
      return "tf_crop_and_resize";
    case Coordinates::half_pixel_symmetric:
    case Coordinates::tf_half_pixel_for_nn:
      return "";
  }
  return "";
}

std::string_view TextOf(NearestMode mode) {
  constexpr std::array<std::string_view, 4> kTexts = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
  return kTexts[static_cast<std::size_t>(mode)];
}

std::string_view TextOf(ResizeMode mode) {
  constexpr std::array<std::string_view, 3> kTexts = {"nearest", "linear", "cubic"};
  return kTexts[static_cast<std::size_t>(mode)];
}

/// The scale that gives the size `to`, rounded down.
float ScaleOf(const ResizedAxis& axis) {
  const auto from = static_cast<float>(axis.from);
  float scale = axis.scale;
  while (std::floor(from * scale) < static_cast<float>(axis.to)) scale = std::nextafter(scale, INFINITY);
  return scale;
}

}  // namespace

NodeSpelling Spell(const SliceAttributes& slice) {
  return {{}, {{"starts", slice.starts}, {"ends", slice.ends}, {"axes", slice.axes}, {"steps", slice.steps}}};
}

NodeSpelling Spell(const AxesAttributes& axes) {
  NodeSpelling spelling;
  if (axes.axes.rank() > 0) spelling.inputs.push_back({"axes", axes.axes});
  return spelling;
}

NodeSpelling Spell(const ShapeAttributes& shape) {
  NodeSpelling spelling{{{"start", shape.start}}, {}};
  if (shape.end) spelling.attributes.push_back({"end", *shape.end});
  return spelling;
}

NodeSpelling Spell(const BlockAttributes& block, const Node& node) {
  NodeSpelling spelling{{{"blocksize", block.size}}, {}};
  if (node.kind == OpKind::DepthToSpace) {
    spelling.attributes.push_back({"mode", std::string_view(block.channels_outermost ? "CRD" : "DCR")});
  }
  return spelling;
}

NodeSpelling Spell(const SplitAttributes& split, const Node& node, const Graph& graph) {
  NodeSpelling spelling{{{"axis", split.axis}}, {}};
  std::vector<std::int64_t> sizes;
  for (const ValueId output : node.outputs) {
    const SymbolicShape& shape = graph.value(output).shape;
    const Dim& dim = shape.dims[FromFront(split.axis, shape.rank())];
    if (!dim.known()) return spelling;
    sizes.push_back(dim.size);
  }
  spelling.inputs.push_back({"split", std::move(sizes)});
  return spelling;
}

Result<NodeSpelling> Spell(const PadAttributes& pad, const Node& node, const Graph& graph) {
  constexpr std::array<std::string_view, 3> kModes = {"constant", "reflect", "edge"};
  if (pad.mode == PadMode::wrap) return Unsayable(node, "wraps around");
  const std::size_t rank = graph.value(node.inputs[0]).shape.rank();
  std::vector<std::int64_t> pads(2 * rank, 0);
  for (std::size_t i = 0; i < pad.axes.rank(); ++i) {
    const std::size_t axis = FromFront(pad.axes[i], rank);
    pads[axis] = pad.begins[i];
    pads[rank + axis] = pad.ends[i];
  }
  NodeSpelling spelling{{{"mode", kModes[static_cast<std::size_t>(pad.mode)]}}, {{"pads", std::move(pads)}}};
  if (pad.value != 0.0f) spelling.inputs.push_back({"constant_value", pad.value});
  return spelling;
}

Result<NodeSpelling> Spell(const ResizeAttributes& resize, const Node& node, const Graph& graph) {
  const std::string_view coordinates = TextOf(resize.coordinates);
  if (coordinates.empty()) return Unsayable(node, "has coordinates");
  if (resize.aspect_ratio != AspectRatio::stretch) return Unsayable(node, "keeps the aspect ratio");
  Shape shape;
  for (const Dim& dim : graph.value(node.inputs[0]).shape.dims) shape.Append(dim.known() ? dim.size : -1);
  ALICE_ASSIGN_OR_RETURN(const auto axes, ResizedAxes(resize, shape));
  std::vector<float> region(2 * shape.rank(), 0.0f);
  std::vector<float> scales;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    region[axis] = axes[axis].roi_begin;
    region[shape.rank() + axis] = axes[axis].roi_end;
    scales.push_back(ScaleOf(axes[axis]));
  }
  NodeSpelling spelling{{{"mode", TextOf(resize.mode)},
                         {"coordinate_transformation_mode", coordinates},
                         {"nearest_mode", TextOf(resize.nearest)},
                         {"cubic_coeff_a", resize.cubic_a},
                         {"exclude_outside", std::int64_t{resize.exclude_outside}},
                         {"extrapolation_value", resize.extrapolation}},
                        {}};
  const bool crops = resize.coordinates == Coordinates::tf_crop_and_resize;
  if (crops) {
    spelling.inputs.push_back({"roi", std::move(region)});
  } else {
    spelling.inputs.push_back({"roi", std::monostate()});
  }
  spelling.inputs.push_back({"scales", std::move(scales)});
  return spelling;
}

}  // namespace alice
