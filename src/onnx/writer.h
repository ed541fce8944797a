#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"

namespace alice {

/// The operator set that the writer spells its nodes in, and the one that it asks for where a graph has codes of 4 bits,
/// FP8, blocks or a GroupNormalization, which came with it. What the writer spells means the same in both.
inline constexpr int kWrittenOpset = 17;
inline constexpr int kWrittenOpsetOfCodes = 21;

/// The graph as an ONNX ModelProto (IR version 8; 10 with kWrittenOpsetOfCodes). Requires a verified graph with inferred
/// shapes, all constants in memory, operators of ai.onnx alone, and without fused activations and quantized forms:
/// passes/dynamic_int8.h (LowerToOnnx) brings a graph there. Values without a name or with one that is taken get a name of
/// their own; a graph without a name is "graph". ReadOnnx(WriteOnnx(g)) equals g up to the operator set and the order of
/// its values. Errors: model_unsupported_attribute for what kWrittenOpset cannot say: a Softmax over several axes, a
/// QuantizeLinear to s8 without a zero point; internal where a requirement does not hold; out_of_memory.
Result<std::vector<std::byte>> WriteOnnx(const Graph& graph);

}  // namespace alice
