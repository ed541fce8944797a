#pragma once

#include <algorithm>
#include <cstddef>

#include "base/threads.h"

namespace alice {

/// How rows, or elements, that are computed alike are cut into pieces of equal size (but for the last), which threads share.
class Pieces {
 public:
  struct Limits {
    std::size_t most;          ///< of a piece
    std::size_t least = 1;     ///< what is not worth sharing is a piece of its own; ≤ most, or most counts
    std::size_t multiple = 1;  ///< of which pieces are made that threads share
    std::size_t per_thread = 4;
  };

  Pieces() = default;
  /// One thread takes pieces as large as they may be; several get some each, so that none waits long for the last.
  Pieces(std::size_t count, const Limits& limits, std::size_t threads) : count_(count) {
    size_ = std::max<std::size_t>(std::min(count, limits.most), 1);
    if (Threads::kMost == 1 || threads <= 1 || count < 2 * limits.least) return;
    const std::size_t wanted = std::max(threads * limits.per_thread, (count + size_ - 1) / size_);
    const std::size_t number = (wanted + threads - 1) / threads * threads;
    const std::size_t even = (count + number - 1) / number;
    const std::size_t whole = (even + limits.multiple - 1) / limits.multiple * limits.multiple;
    size_ = std::min(size_, std::max(whole, limits.least));
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t number() const { return (count_ + size_ - 1) / size_; }
  [[nodiscard]] std::size_t first(std::size_t piece) const { return piece * size_; }
  [[nodiscard]] std::size_t count(std::size_t piece) const { return std::min(size_, count_ - first(piece)); }

  /// Calls work(first, count, thread) for every piece.
  template <typename Work>
  void ForEach(const Threads& threads, const Work& work) const {
    threads.ForEach(number(), [&](std::size_t piece, std::size_t thread) { work(first(piece), count(piece), thread); });
  }

 private:
  std::size_t count_ = 0;
  std::size_t size_ = 1;
};

/// The least floats, or codes, that are worth handing to another thread where little is done with each.
inline constexpr std::size_t kLeastElements = 4096;
/// Of which pieces of elements are a multiple, so that vectors begin in each where they do in the whole.
inline constexpr std::size_t kPieceElements = 64;

/// Elements in pieces that begin where vectors do, all at once where one thread does it alone.
inline Pieces ElementPieces(std::size_t count, std::size_t threads) {
  return {count, {.most = count, .least = kLeastElements, .multiple = kPieceElements}, threads};
}

}  // namespace alice
