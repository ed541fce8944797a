#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "exec/lifetimes.h"

namespace alice {

/// A buffer to place: how large, and when its contents matter.
struct BufferRequest {
  std::uint64_t bytes = 0;
  Lifetime lifetime;
};

/// Where each buffer goes in one arena.
struct MemoryPlan {
  std::vector<std::uint64_t> offsets;  ///< one per request, multiples of kBufferAlign
  std::uint64_t arena_bytes = 0;
};

/// Places the buffers so that two whose lifetimes overlap never share a byte, in as small an arena as the
/// heuristic finds: largest first, each into the smallest gap that is large enough between the already placed
/// buffers that are alive with it, or behind them ("greedy by size": Pisarchyk and Lee 2020, "Efficient
/// Memory Management for Deep Neural Net Inference", section 5.2). O(n²) for n buffers.
MemoryPlan PlanMemory(std::span<const BufferRequest> requests);

}  // namespace alice
