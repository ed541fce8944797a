#pragma once

#include <string>

#include "ir/graph.h"

namespace alice {

/// The graph as text for people: its inputs, one line a node, its outputs.
///   %h = Gemm(%x, fc1.weight[12, 64], fc1.bias[64]) + relu → f32[batch, 64]   # fc1, int8
std::string Dump(const Graph& graph);

}  // namespace alice
