#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace alice {

// All engines of a page share one WebAssembly heap, whatever takes memory of it: tensors, containers, the glue. It may
// grow as far as the engine with the largest maxMemoryMB allows; what it has, it keeps. bindings/heap_growth.cc asks here
// before it grows. Natively nobody asks. For one thread.

/// What the heap may have while no engine has said anything.
inline constexpr std::size_t kDefaultHeapLimit_bytes = std::size_t{50} << 20;

/// What a user can do about memory that a limit refused.
inline constexpr const char* kMemoryHint = "raise maxMemoryMB or use a smaller model";

/// How large the heap may become for the sake of one engine: nothing until Allow is called, nor after its death.
class HeapAllowance {
 public:
  HeapAllowance() = default;
  ~HeapAllowance();
  HeapAllowance(const HeapAllowance&) = delete;
  HeapAllowance& operator=(const HeapAllowance&) = delete;

  void Allow(std::size_t limit_bytes);

 private:
  friend std::size_t HeapLimitBytes();
  std::size_t limit_bytes_ = 0;  ///< 0: not in the list
  HeapAllowance* next_ = nullptr;
};

/// The largest living allowance; kDefaultHeapLimit_bytes without any.
std::size_t HeapLimitBytes();

/// The size that a heap of `heap_bytes` should grow to where it needs `needed_bytes` (> heap_bytes): an eighth more than it
/// has, so that growth is rare, but no more than the limit; a multiple of `page_bytes`. 0 where the limit forbids it.
std::size_t GrownHeapBytes(std::size_t heap_bytes, std::size_t needed_bytes, std::size_t page_bytes);

/// Whether the last growth that was asked for was forbidden by the limit. An allocation that has just failed then failed
/// because of that.
bool WasGrowthForbidden();

/// The error of an allocation that has just failed. budget_exceeded, with the sizes, where the heap's limit forbade it;
/// out_of_memory otherwise. `what`: what the memory was for, "80 bytes for scales".
OwnedError MemoryRefused(std::string_view what);

}  // namespace alice
