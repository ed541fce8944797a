#pragma once

#include "passes/rewrite.h"

namespace alice {

/// Makes the visited node `add` the C of the Gemm or channels-last Conv before it, if it is an Add of a constant row to one that has no
/// C, no activation and no other user; says whether it was. Errors: budget_exceeded, out_of_memory.
Result<bool> TryFuseBias(Rewriter& rewriter, Node& add);

}  // namespace alice
