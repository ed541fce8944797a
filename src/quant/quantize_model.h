#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Gives every Gemm and MatMul with constant f32 weights [K, N] its dynamic INT8 form (Node::int8): s8
/// weights, symmetric, one scale per output channel. The float weights stay. Nodes that have an INT8 form
/// already keep it. Requires a graph in the form that Optimize gives. Errors: reduction_too_long,
/// model_unsupported_type for weights that are not finite, naming the node; budget_exceeded, out_of_memory.
Status QuantizeDynamicInt8(Graph& graph, MemoryBudget& budget);

/// The graph as ONNX bytes, its INT8 nodes in the standard form of dynamic quantization
/// (passes/dynamic_int8.h); the float weights that only they use are left out. `graph` stays as it is; the
/// copy's tensors are taken from `budget` for the time of the call. Errors: budget_exceeded, out_of_memory;
/// those of WriteOnnx.
Result<std::vector<std::byte>> ExportDynamicInt8(const Graph& graph, MemoryBudget& budget);

}  // namespace alice
