#pragma once

#include <optional>

#include "base/result.h"
#include "ir/graph.h"
#include "onnx/read_node.h"

namespace alice {

class NodeReader;

/// Replaces an If by the nodes of the branch that its condition chooses; where that is known only at a run, by those of
/// both branches and a Where for each output, of one type and shape in both (ONNX If-21, tensors only).
/// Errors: model_invalid_graph; shape_unresolved (a condition that is not constant and outputs that differ).
Status InlineIf(NodeReader& reader, const NodeFields& node);

/// Replaces a Loop by the nodes of its body for each iteration (ONNX Loop-21, tensors only): trip count and conditions have
/// to be constants, which ReadOptions.evaluate may compute; each scan output becomes a Concat.
/// Errors: model_invalid_graph; model_limit (kMaxIterations, kMaxUnrolledBytes); shape_unresolved (trip count or a condition
/// that is not constant, no iteration and a scan output without a known shape).
Status InlineLoop(NodeReader& reader, const NodeFields& node);

/// What a condition says that is a constant; nothing where it is none. Error: model_invalid_graph for another tensor than
/// one boolean.
Result<std::optional<bool>> ConstantCondition(const Graph& graph, ValueId condition);

}  // namespace alice
