#include "tensor/heap_limit.h"

#include <algorithm>

namespace alice {
namespace {

HeapAllowance* first_allowance = nullptr;

/// Growth that the limit forbade, the last one asked for; needed_bytes is 0 where that was allowed.
struct Forbidden {
  std::size_t heap_bytes = 0, needed_bytes = 0, limit_bytes = 0;
};
Forbidden forbidden;

}  // namespace

void HeapAllowance::Allow(std::size_t limit_bytes) {
  if (limit_bytes_ == 0) {
    next_ = first_allowance;
    first_allowance = this;
  }
  limit_bytes_ = std::max<std::size_t>(limit_bytes, 1);
}

HeapAllowance::~HeapAllowance() {
  for (HeapAllowance** at = &first_allowance; *at != nullptr; at = &(*at)->next_) {
    if (*at != this) continue;
    *at = next_;
    return;
  }
}

std::size_t HeapLimitBytes() {
  std::size_t limit_bytes = 0;
  for (const HeapAllowance* at = first_allowance; at != nullptr; at = at->next_) {
    limit_bytes = std::max(limit_bytes, at->limit_bytes_);
  }
  return limit_bytes == 0 ? kDefaultHeapLimit_bytes : limit_bytes;
}

std::size_t GrownHeapBytes(std::size_t heap_bytes, std::size_t needed_bytes, std::size_t page_bytes) {
  const std::size_t limit_bytes = HeapLimitBytes();
  const std::size_t most_bytes = limit_bytes / page_bytes * page_bytes;
  forbidden = {};
  if (needed_bytes > most_bytes) {
    forbidden = {heap_bytes, needed_bytes, limit_bytes};
    return 0;
  }
  const std::size_t wanted_bytes = std::min(std::max(needed_bytes, heap_bytes + heap_bytes / 8), most_bytes);
  return (wanted_bytes + page_bytes - 1) / page_bytes * page_bytes;
}

bool WasGrowthForbidden() { return forbidden.needed_bytes > 0; }

OwnedError MemoryRefused(std::string_view what) {
  if (!WasGrowthForbidden()) return MakeError(ErrorCode::out_of_memory, "the system refused ", what);
  return MakeError(ErrorCode::budget_exceeded, what, " do not fit: the WebAssembly heap has ", forbidden.heap_bytes,
                   " bytes, may have ", forbidden.limit_bytes, ", and would need ", forbidden.needed_bytes)
      .WithHint(kMemoryHint);
}

}  // namespace alice
