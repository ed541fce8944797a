#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "engine/options.h"
#include "ir/graph.h"
#include "onnx/reader.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Reads an ONNX model as the options want it: the outputs that they name, its inputs with these shapes, what can be computed
/// at once computed. Errors: those of ReadOnnx.
Result<Graph> ReadModelGraph(std::span<const std::byte> bytes, const Options& options,
                             std::span<const InputShape> shapes, MemoryBudget& budget);

/// The same for what it says of itself whatever sizes its open axes have. Errors: those of ReadSignature.
Result<Graph> ReadModelSignature(std::span<const std::byte> bytes, const Options& options,
                                 std::span<const InputShape> shapes, MemoryBudget& budget);

}  // namespace alice
