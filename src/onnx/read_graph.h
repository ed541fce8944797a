#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ir/graph.h"
#include "onnx/reader.h"
#include "tensor/memory_budget.h"

namespace alice {

/// The operator set versions that a model imports, by domain; "" is ai.onnx.
using OpsetVersions = std::map<std::string_view, std::int64_t>;

/// Reads a GraphProto into `graph`: name, symbols, values, nodes, inputs and outputs. A graph input with an initializer
/// is a constant; an input's axis without size and name gets a symbol of its own; Constant nodes become constants.
/// `options` as ReadOnnx takes them. Requires opsets.at("") within the supported range. Errors: those of ReadOnnx.
Status ReadGraph(std::string_view bytes, const OpsetVersions& opsets, const ReadOptions& options, MemoryBudget& budget,
                 Graph& graph);

/// The same, but as ReadSignature reads it.
Status ReadGraphSignature(std::string_view bytes, const OpsetVersions& opsets, const ReadOptions& options,
                          MemoryBudget& budget, Graph& graph);

}  // namespace alice
