#include "allocation_counter.h"

#include <cstdlib>
#include <new>

namespace alice {
namespace {

std::size_t count = 0;
long live = 0;
long until_failure = -1;
bool has_failed = false;

void* Allocate(std::size_t bytes, std::size_t align) {
  ++count;
  if (until_failure >= 0) {
    has_failed = until_failure == 0;
    --until_failure;
    if (has_failed) return nullptr;
  }
  ++live;
  if (align <= alignof(std::max_align_t)) return std::malloc(bytes == 0 ? 1 : bytes);
  return std::aligned_alloc(align, (bytes + align - 1) / align * align);
}

void Free(void* memory) {
  if (memory != nullptr) --live;
  std::free(memory);
}

void* AllocateOrThrow(std::size_t bytes, std::size_t align) {
  void* memory = Allocate(bytes, align);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

std::size_t AllocationCount() { return count; }
long LiveAllocations() { return live; }
void FailAllocation(long n) {
  until_failure = n;
  if (n >= 0) has_failed = false;
}
bool AllocationHasFailed() { return has_failed; }

}  // namespace alice

// NOLINTBEGIN(misc-new-delete-overloads)
void* operator new(std::size_t bytes) { return alice::AllocateOrThrow(bytes, 1); }
void* operator new[](std::size_t bytes) { return alice::AllocateOrThrow(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t align) {
  return alice::AllocateOrThrow(bytes, static_cast<std::size_t>(align));
}
void* operator new[](std::size_t bytes, std::align_val_t align) {
  return alice::AllocateOrThrow(bytes, static_cast<std::size_t>(align));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return alice::Allocate(bytes, 1); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return alice::Allocate(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t align, const std::nothrow_t&) noexcept {
  return alice::Allocate(bytes, static_cast<std::size_t>(align));
}
void* operator new[](std::size_t bytes, std::align_val_t align, const std::nothrow_t&) noexcept {
  return alice::Allocate(bytes, static_cast<std::size_t>(align));
}
void operator delete(void* memory) noexcept { alice::Free(memory); }
void operator delete[](void* memory) noexcept { alice::Free(memory); }
void operator delete(void* memory, std::size_t) noexcept { alice::Free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { alice::Free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { alice::Free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { alice::Free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { alice::Free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { alice::Free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { alice::Free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { alice::Free(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { alice::Free(memory); }
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept { alice::Free(memory); }
// NOLINTEND(misc-new-delete-overloads)
