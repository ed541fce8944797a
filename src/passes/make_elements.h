#pragma once

#include <optional>

#include "passes/rewrite.h"

namespace alice {

/// The elements of what Shape, Size, ConstantOfShape or Range makes, or nothing for another operator and where the sizes
/// that it needs are symbols. Errors: budget_exceeded, out_of_memory.
Result<std::optional<Tensor>> MadeElements(const Graph& graph, const Node& node, MemoryBudget& budget);

}  // namespace alice
