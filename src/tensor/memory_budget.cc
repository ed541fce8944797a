#include "tensor/memory_budget.h"

#include <algorithm>

#include "tensor/heap_limit.h"

namespace alice {

std::string_view MemoryKindName(MemoryKind kind) {
  switch (kind) {
#define ALICE_MEMORY_KIND(name, text) \
  case MemoryKind::name:              \
    return #name;
#include "tensor/memory_kind.inc"
#undef ALICE_MEMORY_KIND
  }
  return "?";
}

Status MemoryBudget::Reserve(MemoryKind kind, std::size_t bytes) {
  if (bytes > limit_bytes_ || held_bytes_ > limit_bytes_ - bytes) {
    refused_bytes_ = bytes;
    return MakeError(ErrorCode::budget_exceeded, bytes, " bytes for ", MemoryKindName(kind),
                     " do not fit: ", held_bytes_, " of ", limit_bytes_, " bytes are held")
        .WithHint(kMemoryHint);
  }
  held_bytes_ += bytes;
  by_kind_[static_cast<std::size_t>(kind)] += bytes;
  peak_bytes_ = std::max(peak_bytes_, held_bytes_);
  return {};
}

void MemoryBudget::Release(MemoryKind kind, std::size_t bytes) {
  ALICE_CHECK(bytes <= by_kind_[static_cast<std::size_t>(kind)]);
  held_bytes_ -= bytes;
  by_kind_[static_cast<std::size_t>(kind)] -= bytes;
}

}  // namespace alice
