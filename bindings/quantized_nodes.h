#pragma once

#include <emscripten/val.h>
#include <vector>

#include "engine/engine.h"

namespace alice {

// Quantized nodes on their way from one module to another, as an array of kWordsPerNode numbers each, in the order of
// quantized_nodes.cc.

/// Those of a graph. Takes no memory of the heap.
emscripten::val QuantizedNodesToJs(const Graph& graph);
std::vector<QuantizedNode> QuantizedNodesOf(const emscripten::val& numbers);

}  // namespace alice
