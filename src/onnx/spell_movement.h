#pragma once

#include "onnx/export_ops.h"

namespace alice {

// How the operator set of WrittenOpset says the attributes of operators that move elements. Error:
// model_unsupported_attribute for what it cannot say: a Pad that wraps around, a Resize that keeps the aspect ratio or
// whose coordinates are those of tf_half_pixel_for_nn or half_pixel_symmetric.

NodeSpelling Spell(const SliceAttributes& slice);
NodeSpelling Spell(const AxesAttributes& axes);
NodeSpelling Spell(const ShapeAttributes& shape);
NodeSpelling Spell(const BlockAttributes& block, const Node& node);
NodeSpelling Spell(const SplitAttributes& split, const Node& node, const Graph& graph);
Result<NodeSpelling> Spell(const PadAttributes& pad, const Node& node, const Graph& graph);
Result<NodeSpelling> Spell(const ResizeAttributes& resize, const Node& node, const Graph& graph);

}  // namespace alice
