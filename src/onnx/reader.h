#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Reads an ONNX ModelProto (IR version 3 and later, onnx.proto of ONNX 1.17) into a verified graph.
///
/// The bytes are taken as hostile: every count, size, depth and shape is held to onnx/limits.h, time and memory are
/// bounded by the size of `bytes`, and every tensor's memory is taken from `budget`. `bytes` may be freed afterwards.
///
/// Errors: model_truncated, model_malformed, model_limit, model_external_data, model_unsupported_opset,
/// model_unsupported_operator (naming operator, node, domain and operator set), model_unsupported_attribute,
/// model_unsupported_type, model_invalid_graph; shape_unresolved (an input without a rank, a Reshape by a computed
/// shape); budget_exceeded, out_of_memory.
Result<Graph> ReadOnnx(std::span<const std::byte> bytes, MemoryBudget& budget);

}  // namespace alice
