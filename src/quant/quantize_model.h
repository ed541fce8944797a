#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "quant/layer_policy.h"
#include "quant/weights/calibrate_weights.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Gives every node with constant f32 weights that CanQuantize allows it and `policy` does not exclude its
/// quantized form; the float weights stay. Recurrent operators are split for it (passes/split_recurrent.h). Nodes that have a quantized form already keep it. Requires a graph in the form
/// that Optimize gives, a scheme that CheckScheme accepts and a calibration that CheckWeightCalibration does. Errors:
/// model_unsupported_type for weights that CheckWeights refuses, naming the node; budget_exceeded, out_of_memory.
Status QuantizeModel(Graph& graph, const Scheme& scheme, const LayerPolicy& policy, MemoryBudget& budget,
                     const WeightCalibration& calibration = {});

/// The graph as ONNX bytes, its quantized nodes in standard form (passes/lower.h); the float weights that only they use
/// are left out. `graph` stays as it is; the copy's tensors are taken from `budget` for the time of the call. Errors:
/// budget_exceeded, out_of_memory; those of WriteOnnx.
Result<std::vector<std::byte>> ExportQuantized(const Graph& graph, MemoryBudget& budget);

}  // namespace alice
