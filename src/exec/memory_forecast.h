#pragma once

#include <cstdint>
#include <vector>

#include "backends/memory_by_kind.h"
#include "base/flags.h"
#include "base/status.h"
#include "ir/graph.h"

namespace alice {

/// For each value, whether an input of a node or the graph's outputs refer to it: not only quantized forms.
Flags ReadValues(const Graph& graph);

/// The constants that hold codes of quantized weights which nobody needs any more once they are packed.
std::vector<ValueId> CodesToRelease(const Graph& graph);

/// What the constants of a graph take of the budget while it is in service, those of CodesToRelease being gone: scale tables
/// and zero points of quantized forms as `scales`, other bytes as `weights_int8`, all else as `weights_f32`. The budget
/// counts tables that came with the model as what they were read as, so there the kinds differ and the total is the same.
MemoryByKind ConstantMemory(const Graph& graph);

/// What those of CodesToRelease take.
std::uint64_t MemoryToRelease(const Graph& graph);

/// Refuses a model that the budget has no room for: now, when it takes `to_take` bytes more, or in service, when it has
/// given `to_release` back and its owner has taken `rows` bytes. Error: budget_exceeded, with what `planned` says it needs.
Status CheckFits(const MemoryByKind& planned, std::uint64_t to_take, std::uint64_t rows, std::uint64_t to_release,
                 MemoryBudget& budget);

}  // namespace alice
