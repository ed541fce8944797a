#pragma once

#include "passes/rewrite.h"

namespace alice {

/// Emits `node`, whose first input is permuted by `order` already, and behind it the Transpose that gives the node's output
/// its own order of axes back.
void EmitPermuted(Rewriter& rewriter, Node node, const Shape& order);

}  // namespace alice
