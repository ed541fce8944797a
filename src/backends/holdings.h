#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "backends/memory_by_kind.h"
#include "base/result.h"
#include "tensor/buffer.h"

namespace alice {

/// The memory that the operators of one session hold for good, beside the constants of their graph. They ask for it while
/// they are compiled; it is taken later, so that all of it is known before any is.
class Holdings {
 public:
  /// A buffer of that size, which is empty until Take. Its memory is given back when the last who shares it is gone.
  std::shared_ptr<const Buffer> Ask(MemoryKind kind, std::uint64_t bytes);
  /// Takes, zeroed, what was asked for and not yet taken. Errors: budget_exceeded, out_of_memory.
  Status Take(MemoryBudget& budget);

  /// What everything that still is in use takes of the budget, or will.
  [[nodiscard]] MemoryByKind bytes() const;

  /// What operators compiled from the same things share, if somebody holds it already; the caller may put it there. A key
  /// belongs to one type of thing.
  using Key = std::array<std::int64_t, 9>;
  std::weak_ptr<void>& Shared(const Key& key) { return shared_[key]; }

 private:
  struct Asked {
    MemoryKind kind;
    std::uint64_t bytes;
    std::weak_ptr<Buffer> buffer;
    bool is_taken = false;
  };
  std::vector<Asked> asked_;
  std::map<Key, std::weak_ptr<void>> shared_;
};

}  // namespace alice
