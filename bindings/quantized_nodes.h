#pragma once

#include <emscripten/val.h>
#include <vector>

#include "engine/engine.h"

namespace alice {

/// Quantized nodes as a Float64Array outside the heap, on their way from one module to another: kWordsPerNode numbers each, in
/// the order of quantized_nodes.cc.
emscripten::val ToJs(const std::vector<QuantizedNode>& nodes);
std::vector<QuantizedNode> QuantizedNodesOf(const emscripten::val& numbers);

}  // namespace alice
