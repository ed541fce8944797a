#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace alice {

/// Checks what every pass and every backend relies on:
///   - ids and symbols are in range, axes are not negative, ranks are at most kMaxRank;
///   - every value that is used is produced by exactly one of: a graph input, a constant, one node's output
///     (a value that nobody produces and nobody uses may be left over);
///   - every node's inputs are defined before it (so there is no cycle), graph outputs are defined;
///   - each node's input count is within its operator's, and required inputs are given. What the attributes
///     carry (the shape of a Reshape, the bounds of a Clip) need not be an input;
///   - each node has a name, its operator's number of outputs and its operator's kind of attributes;
///   - a constant's elements match its dtype and shape; released elements are taken as they were;
///   - `int8` stands on Gemm and MatMul only, with s8 weights [K, N] and f32 scales [N], both constants;
///     the Gemm is A · B + C.
/// Errors: model_invalid_graph, naming the value or node.
Status Verify(const Graph& graph);

/// Of these, what concerns a node alone: its name, attributes, and how many inputs and outputs it has. Error: the same.
Status VerifyForm(const Node& node);

}  // namespace alice
