#include "tensor/buffer.h"

#include <cstring>
#include <limits>
#include <new>

#include "tensor/heap_limit.h"

namespace alice {

Result<Buffer> Buffer::Allocate(MemoryBudget& budget, MemoryKind kind, std::uint64_t bytes, Contents contents) {
  if (bytes > std::numeric_limits<std::size_t>::max() - kBufferSlack) {
    return MakeError(ErrorCode::budget_exceeded, bytes, " bytes for ", MemoryKindName(kind),
                     " are more than any memory here");
  }
  const std::size_t held_bytes = static_cast<std::size_t>(bytes) + kBufferSlack;
  ALICE_RETURN_IF_ERROR(budget.Reserve(kind, held_bytes));
  auto* data = static_cast<std::byte*>(::operator new(held_bytes, std::align_val_t{kBufferAlign}, std::nothrow));
  if (data == nullptr) {
    budget.Release(kind, held_bytes);
    budget.NoteRefusal(held_bytes);
    return MemoryRefused(JoinMessage({held_bytes, " bytes for ", MemoryKindName(kind)}));
  }
  if (contents == Contents::zeroed) std::memset(data, 0, held_bytes);
  Buffer buffer;
  buffer.data_ = data;
  buffer.bytes_ = static_cast<std::size_t>(bytes);
  buffer.budget_ = &budget;
  buffer.kind_ = kind;
  return buffer;
}

void Buffer::Reset() {
  if (data_ == nullptr) return;
  ::operator delete(data_, std::align_val_t{kBufferAlign});
  budget_->Release(kind_, bytes_ + kBufferSlack);
  data_ = nullptr;
  bytes_ = 0;
  budget_ = nullptr;
}

}  // namespace alice
