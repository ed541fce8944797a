#pragma once

#include "ir/graph.h"

namespace alice {

/// Whether every filter of a channels-last Conv sees one channel only: its weights [k, n] have a row for each position of
/// the kernel, in several groups.
bool IsDepthwise(const ConvAttributes& conv, const SymbolicShape& weights);

/// Whether a node with weights of that shape can have a quantized form of that scheme: a Gemm, a MatMul, or a channels-last
/// Conv of one group; or of several, unless its activations are quantized by token or a column of its integer weights has
/// several scales; or a recurrent operator that takes products, with integer weights. Requires a scheme that
/// CheckScheme accepts.
bool CanQuantize(const Node& node, const SymbolicShape& weights, const Scheme& scheme);

/// Whether what the quantized form of a node quantizes is its first input. That of a recurrent operator quantizes what it
/// multiplies with R: its state, step after step.
bool QuantizesFirstInput(const Node& node);

}  // namespace alice
