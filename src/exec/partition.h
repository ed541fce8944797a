#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "backends/accelerator.h"
#include "base/flags.h"

namespace alice {

/// Neighbouring steps [first, end).
struct StepRange {
  std::size_t first = 0;
  std::size_t end = 0;
};

/// Which steps go to a device: of steps in their order, `runs_there[i]` whether it can execute step i, the longest stretches of
/// those that it can, so that tensors cross the border as rarely as the order allows. A stretch without a product is left: its
/// border would cost more than it saves.
std::vector<StepRange> Partition(std::span<const SegmentNode> steps, const Flags& runs_there);

}  // namespace alice
