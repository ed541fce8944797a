#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/threads.h"
#include "kernels/quantize_u8/quantize_u8.h"

namespace alice {

/// A range that threads widen, each one of its own, which are joined in the end.
class SharedRange {
 public:
  /// `range` may be null: nobody wants it.
  SharedRange(MinMax* range, const Threads& threads) : range_(range) {
    if (range == nullptr || threads.count() == 1) return;
#ifdef ALICE_THREADS
    count_ = threads.count();
    for (std::size_t thread = 0; thread < count_; ++thread) own_[thread].range = kEmptyRange;
#endif
  }

  /// What that thread is to widen; null where nobody wants it.
  [[nodiscard]] MinMax* Of([[maybe_unused]] std::size_t thread) {
#ifdef ALICE_THREADS
    if (count_ > 0) return &own_[thread].range;
#endif
    return range_;
  }

  void Join() {
#ifdef ALICE_THREADS
    for (std::size_t thread = 0; thread < count_; ++thread) {
      const MinMax own = own_[thread].range;
      *range_ = {std::min(range_->min, own.min), std::max(range_->max, own.max)};
    }
#endif
  }

 private:
  MinMax* range_;
#ifdef ALICE_THREADS
  /// On a cache line of its own.
  struct alignas(64) Own {
    MinMax range;
  };
  std::array<Own, ThreadTeam::kMost> own_;
  std::size_t count_ = 0;
#endif
};

}  // namespace alice
