#pragma once

#include "ir/graph.h"

namespace alice {

/// Lets nodes and their quantized forms that refer to equal constants (same type, shape and bytes: scale tables, zero points,
/// weights of tied layers) refer to one of them, and frees the others. Outputs of the graph stay what they are.
/// O(n log n) comparisons of constants.
void ShareEqualConstants(Graph& graph);

}  // namespace alice
