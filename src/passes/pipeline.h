#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// A rewrite of the graph (see passes.h).
struct Pass {
  std::string_view name;
  Status (*run)(Graph& graph, MemoryBudget& budget);
  /// Whether there may be something to do for it; without such a node it is not run.
  bool (*concerns)(const Node& node);
};

/// The passes that Optimize runs, in their order.
std::span<const Pass> Passes();

/// Brings a graph as it was read into the form that the backends execute, verified and with its shapes inferred:
///   - no Constant, Identity, BatchNormalization, MatMulNBits, QGemm or QLinearConv nodes; no dead nodes;
///   - a Cast to the type that is there only where a graph output copies an input, a constant or another output;
///   - Gemm: alpha = beta = 1; B, where constant, is [K, N] (trans_b false); C, where given, is a constant f32 [N];
///     any other C has become an Add;
///   - MatMul of a rank-2 A with a constant rank-2 B has become a Gemm, and an Add of a constant [N] behind it its C;
///   - Conv with constant weights and the pooling operators are channels_last; a BatchNormalization behind a Conv has gone
///     into its weights, an Add of a constant a channel into its B;
///   - an activation behind a node that can carry it has become that node's `activation`;
///   - the patterns of dynamic INT8 (dynamic_int8.h) and of QDQ (qdq.h) have become a Gemm or MatMul with a quantized
///     form; DequantizeLinear of constants outside of them constants; other quantized operators stay as they are.
/// The passes and their order are the list in pipeline.cc. The graph's inputs, outputs and results stay what they were,
/// up to the rounding of folded constants; ids of values change. After an error the graph is not whole any more.
/// Errors: those of Verify and InferShapes; model_unsupported_operator for a BatchNormalization whose parameters are
/// not constant; budget_exceeded, out_of_memory for folded constants.
Status Optimize(Graph& graph, MemoryBudget& budget);

/// The same, except that weights which the model brings along as codes stay codes: of the floats of a quantized form found in
/// the graph nothing is there but type and shape, as of constants that were released.
Status OptimizeCoded(Graph& graph, MemoryBudget& budget);
/// Makes those floats, (code − zero point) · scale. Errors: budget_exceeded, out_of_memory.
Status DecodeWeights(Graph& graph, MemoryBudget& budget);
/// The bytes that they will take.
std::uint64_t DecodedBytes(const Graph& graph);

}  // namespace alice
