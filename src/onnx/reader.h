#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// The sizes of an input's axes; −1 leaves one as the model has it.
struct InputShape {
  static constexpr std::int64_t kOpen = -1;
  std::string name;
  Shape dims;
};

struct ReadOptions {
  /// Names of graph outputs: the graph has these alone, in this order, and what they need. Other nodes and inputs are not
  /// read, whatever they are. Empty: all of it.
  std::span<const std::string> outputs = {};
  /// Inputs that have these sizes, where the model may leave them open.
  std::span<const InputShape> shapes = {};
  /// Gives what a node computes from constants, or nothing where it is to stay a node (exec/evaluate.h): what other nodes
  /// take their shapes from may then be computed. Without it, it has to be a constant of the model.
  std::function<Result<std::optional<Tensor>>(const Graph& graph, const Node& node)> evaluate = {};
};

/// Reads an ONNX ModelProto (IR version 3 and later, onnx.proto of ONNX 1.17) into a verified graph.
///
/// The bytes are taken as hostile: every count, size, depth and shape is held to onnx/limits.h, time and memory are
/// bounded by the size of `bytes` and by what these limits let loops repeat, and every tensor's memory is taken from
/// `budget`. `bytes` may be freed afterwards.
///
/// Errors: model_truncated, model_malformed, model_limit, model_external_data, model_unsupported_opset,
/// model_unsupported_operator (naming operator, node, domain and operator set), model_unsupported_attribute,
/// model_unsupported_type, model_invalid_graph; shape_unresolved (an input without a rank, a Reshape by a shape, an If or a
/// Loop by a condition that is not known before a run); config_invalid (a name in `outputs` that is none of the model's, or
/// twice there); argument_invalid, shape_mismatch (`shapes` that the model does not have); with `evaluate`, those of
/// InferShapes; budget_exceeded, out_of_memory.
Result<Graph> ReadOnnx(std::span<const std::byte> bytes, MemoryBudget& budget, const ReadOptions& options = {});

/// What a model says of itself whatever the sizes of its open axes are: a graph that has no nodes and no constants, but name,
/// metadata, inputs, and outputs as they are declared (rank 0 where the model does not say more). The operators are looked at,
/// but for those of graphs inside nodes. Errors: those of ReadOnnx that this can find.
Result<Graph> ReadSignature(std::span<const std::byte> bytes, MemoryBudget& budget, const ReadOptions& options = {});

}  // namespace alice
