#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/result.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Every tensor and every planned buffer starts at a multiple of this.
inline constexpr std::size_t kBufferAlign = 64;
/// A vector kernel may read (never write) this far past the last element of a Buffer.
inline constexpr std::size_t kBufferSlack = 16;

constexpr std::uint64_t AlignUp(std::uint64_t bytes, std::uint64_t align = kBufferAlign) {
  return (bytes + align - 1) / align * align;
}

/// What a Buffer holds at first.
enum class Contents : std::uint8_t { zeroed, unspecified };

/// Aligned memory that a MemoryBudget has admitted; gives it back when it dies. Movable, not
/// copyable.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(budget_, other.budget_);
    std::swap(kind_, other.kind_);
    return *this;
  }
  ~Buffer() { Reset(); }

  /// `bytes` bytes aligned to kBufferAlign, with kBufferSlack readable behind them.
  /// Errors: budget_exceeded, also where the heap may not grow that far (heap_limit.h); out_of_memory.
  static Result<Buffer> Allocate(MemoryBudget& budget, MemoryKind kind, std::uint64_t bytes,
                                 Contents contents = Contents::zeroed);

  /// Frees the memory now.
  void Reset();

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::byte* data() const { return data_; }
  template <typename T>
  [[nodiscard]] T* as() const {
    return reinterpret_cast<T*>(data_);
  }
  template <typename T>
  [[nodiscard]] std::span<T> span() const {
    return {as<T>(), bytes_ / sizeof(T)};
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
  MemoryBudget* budget_ = nullptr;
  MemoryKind kind_ = MemoryKind::model;
};

}  // namespace alice
