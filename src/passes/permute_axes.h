#pragma once

#include "ir/graph.h"

namespace alice {

/// Whether `node` does the same whichever order its axes are in, once its attributes name them in that order: Concat, and
/// the operators that move elements along axes, one by one.
bool NamesItsAxes(const Node& node);

/// Makes such attributes, which are about axes permuted by `permutation`, say the same about the unpermuted ones.
void NameUnpermuted(Attributes& attributes, const Shape& permutation);

}  // namespace alice
