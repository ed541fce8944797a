#include "exec/memory_planner.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/sort_ids.h"
#include "tensor/buffer.h"
#include "tensor/shape.h"

namespace alice {

MemoryPlan PlanMemory(std::span<const BufferRequest> requests) {
  MemoryPlan plan;
  plan.offsets.assign(requests.size(), 0);

  std::vector<std::int32_t> by_size(requests.size());
  std::iota(by_size.begin(), by_size.end(), 0);
  SortIds(by_size, [&](std::int32_t a, std::int32_t b) {
    const std::uint64_t of_a = requests[Index(a)].bytes;
    const std::uint64_t of_b = requests[Index(b)].bytes;
    return of_a != of_b ? of_a > of_b : a < b;
  });

  std::vector<std::size_t> placed;  // in order of their offsets
  for (const std::int32_t id : by_size) {
    const std::size_t index = Index(id);
    const BufferRequest& request = requests[index];
    const std::uint64_t bytes = AlignUp(request.bytes);
    if (bytes == 0) continue;

    std::uint64_t best = 0;
    std::uint64_t best_gap = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t end = 0;  // of the occupied space so far
    for (const std::size_t other : placed) {
      if (!requests[other].lifetime.Overlaps(request.lifetime)) continue;
      const std::uint64_t begin = plan.offsets[other];
      if (begin >= end + bytes && begin - end < best_gap) {
        best = end;
        best_gap = begin - end;
      }
      end = std::max(end, begin + AlignUp(requests[other].bytes));
    }
    if (best_gap == std::numeric_limits<std::uint64_t>::max()) best = end;

    plan.offsets[index] = best;
    plan.arena_bytes = std::max(plan.arena_bytes, best + bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), index,
                                   [&](std::size_t a, std::size_t b) { return plan.offsets[a] < plan.offsets[b]; }),
                  index);
  }
  return plan;
}

}  // namespace alice
