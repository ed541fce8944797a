#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace alice {

/// Gives every value its dtype and shape, front to back, by the rule of each node's operator
/// (ir/shape_rules.cc). Symbols are carried through; where a rule would need a product or a sum of a symbol,
/// the error is shape_unresolved. Shapes that do not fit: shape_mismatch, with both shapes, naming the node.
/// A wrong type: model_unsupported_type. Requires a graph that passed Verify.
Status InferShapes(Graph& graph);

/// The same for the outputs of one node, whose inputs have theirs. Requires a node that passed VerifyForm.
Status InferNodeShapes(Graph& graph, const Node& node);

/// The broadcast of two shapes (ONNX multidirectional broadcasting): axes aligned at the end; equal, or one
/// of them 1. A symbol fits only itself and 1. Error: shape_mismatch.
Result<SymbolicShape> BroadcastShapes(const SymbolicShape& a, const SymbolicShape& b, const Graph& graph);

}  // namespace alice
