#include "backends/holdings.h"

namespace alice {

std::shared_ptr<const Buffer> Holdings::Ask(MemoryKind kind, std::uint64_t bytes) {
  auto buffer = std::make_shared<Buffer>();
  asked_.push_back({kind, bytes, buffer});
  return buffer;
}

Status Holdings::Take(MemoryBudget& budget) {
  for (Asked& asked : asked_) {
    const std::shared_ptr<Buffer> buffer = asked.buffer.lock();
    if (asked.is_taken || !buffer) continue;
    ALICE_ASSIGN_OR_RETURN(*buffer, Buffer::Allocate(budget, asked.kind, asked.bytes));
    asked.is_taken = true;
  }
  return {};
}

MemoryByKind Holdings::bytes() const {
  MemoryByKind sum;
  for (const Asked& asked : asked_) {
    if (!asked.buffer.expired()) sum.AddBuffer(asked.kind, asked.bytes);
  }
  return sum;
}

}  // namespace alice
