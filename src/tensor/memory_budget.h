#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace alice {

enum class MemoryKind : std::uint8_t {
#define ALICE_MEMORY_KIND(name, text) name,
#include "tensor/memory_kind.inc"
#undef ALICE_MEMORY_KIND
};

inline constexpr std::size_t kMemoryKinds = 0
#define ALICE_MEMORY_KIND(name, text) +1
#include "tensor/memory_kind.inc"
#undef ALICE_MEMORY_KIND
    ;

std::string_view MemoryKindName(MemoryKind kind);

inline constexpr double kBytesPerMB = 1024.0 * 1024.0;

/// Bytes held and the most that may be held, for all tensors of one engine. Asked before memory is taken, so
/// that a refusal happens instead of an allocation, not after it. Outlives every Buffer that it admitted.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// Takes `bytes` of the budget. Error: budget_exceeded, naming what is asked, held and allowed.
  Status Reserve(MemoryKind kind, std::size_t bytes);
  void Release(MemoryKind kind, std::size_t bytes);

  void set_limit_bytes(std::size_t bytes) { limit_bytes_ = bytes; }
  [[nodiscard]] std::size_t limit_bytes() const { return limit_bytes_; }
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }
  [[nodiscard]] std::size_t peak_bytes() const { return peak_bytes_; }
  /// Somebody else refuses that much on behalf of this budget.
  void NoteRefusal(std::size_t bytes) { refused_bytes_ = bytes; }
  /// What was asked for last and refused.
  [[nodiscard]] std::size_t refused_bytes() const { return refused_bytes_; }
  [[nodiscard]] std::size_t held_bytes(MemoryKind kind) const { return by_kind_[static_cast<std::size_t>(kind)]; }

 private:
  std::size_t limit_bytes_;
  std::size_t held_bytes_ = 0;
  std::size_t peak_bytes_ = 0;
  std::size_t refused_bytes_ = 0;
  std::array<std::size_t, kMemoryKinds> by_kind_{};
};

}  // namespace alice
