#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "tensor/buffer.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Bytes of budgeted memory for each kind.
struct MemoryByKind {
  std::array<std::uint64_t, kMemoryKinds> bytes{};

  [[nodiscard]] std::uint64_t& operator[](MemoryKind kind) { return bytes[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] std::uint64_t operator[](MemoryKind kind) const { return bytes[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] std::uint64_t Total() const { return std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0}); }

  /// Adds what a Buffer of so many bytes takes of the budget.
  void AddBuffer(MemoryKind kind, std::uint64_t buffer_bytes) { (*this)[kind] += buffer_bytes + kBufferSlack; }
  MemoryByKind& operator+=(const MemoryByKind& other) {
    for (std::size_t kind = 0; kind < kMemoryKinds; ++kind) bytes[kind] += other.bytes[kind];
    return *this;
  }
};

}  // namespace alice
