#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Reads an ONNX ModelProto (IR version 3 and later, onnx.proto of ONNX 1.17) into a verified graph.
///
/// The bytes are taken as hostile: every count, size, depth and shape is held to onnx/limits.h, time and memory are
/// bounded by the size of `bytes`, and every tensor's memory is taken from `budget`. `bytes` may be freed afterwards.
///
/// With `outputs`, names of graph outputs, the graph has these alone, in this order, and what they need: other nodes and
/// inputs are not read, whatever they are.
///
/// Errors: model_truncated, model_malformed, model_limit, model_external_data, model_unsupported_opset,
/// model_unsupported_operator (naming operator, node, domain and operator set), model_unsupported_attribute,
/// model_unsupported_type, model_invalid_graph; shape_unresolved (an input without a rank, a computed shape, axes, pads
/// or the like where they have to be constants); config_invalid (a name in `outputs` that is none of the model's, or twice
/// there), budget_exceeded, out_of_memory.
Result<Graph> ReadOnnx(std::span<const std::byte> bytes, MemoryBudget& budget,
                       std::span<const std::string> outputs = {});

}  // namespace alice
