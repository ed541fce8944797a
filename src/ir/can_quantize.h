#pragma once

#include "ir/graph.h"

namespace alice {

/// Whether every filter of a channels-last Conv sees one channel only: its weights [k, n] have a row for each position of
/// the kernel, in several groups.
bool IsDepthwise(const ConvAttributes& conv, const SymbolicShape& weights);

/// Whether a node with weights of that shape can have a quantized form of that scheme: a Gemm, a MatMul, or a channels-last
/// Conv of one group; or a depthwise one, unless its activations are quantized by token or a column of its integer weights
/// has several scales. Requires a scheme that CheckScheme accepts.
bool CanQuantize(const Node& node, const SymbolicShape& weights, const Scheme& scheme);

}  // namespace alice
