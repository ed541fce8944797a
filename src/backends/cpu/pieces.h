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
  Pieces(std::size_t count, const Limits& limits, std::size_t threads);

  [[nodiscard]] std::size_t all() const { return count_; }
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
inline constexpr std::size_t kLeastElements = 1024;
/// Of which pieces of elements are a multiple, so that vectors begin in each where they do in the whole.
inline constexpr std::size_t kPieceElements = 64;

/// Elements in pieces that begin where vectors do, all at once where one thread does it alone.
Pieces ElementPieces(std::size_t count, std::size_t threads);

}  // namespace alice
