#pragma once

#include <optional>

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"
#include "tensor/tensor.h"

namespace alice {

/// The most elements that a result of Evaluate has: shapes, indices, small tables. Those of Concat and Slice, of which
/// exporters make the weights of recurrent layers, may have as many as their inputs.
inline constexpr std::int64_t kMostEvaluated = 4096;

/// What a node of one output gives whose inputs are all constants, and whose output has a type and a known shape. Nothing for
/// a larger result, and for the operators that passes want to see as they are: products, and those that quantize. Memory is
/// taken from `budget`. Errors: budget_exceeded, out_of_memory.
Result<std::optional<Tensor>> Evaluate(const Graph& graph, const Node& node, MemoryBudget& budget);

}  // namespace alice
