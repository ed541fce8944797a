#include "backends/cpu/pieces.h"

namespace alice {
namespace {

/// Rounded up.
std::size_t Quotient(std::size_t count, std::size_t of) { return (count + of - 1) / of; }
std::size_t RoundUp(std::size_t count, std::size_t multiple) { return Quotient(count, multiple) * multiple; }

}  // namespace

Pieces::Pieces(std::size_t count, const Limits& limits, std::size_t threads) : count_(count) {
  size_ = std::max<std::size_t>(std::min(count, limits.most), 1);
  if (Threads::kMost == 1 || threads <= 1 || count < 2 * limits.least) return;
  const std::size_t worth_it = count / RoundUp(limits.least, limits.multiple);
  if (worth_it < 2) return;
  const std::size_t wanted = std::max(threads * limits.per_thread, Quotient(count, size_));
  std::size_t number = std::min(RoundUp(wanted, threads), worth_it);
  // As many for each.
  if (number > threads) number -= number % threads;
  size_ = std::min(size_, RoundUp(Quotient(count, number), limits.multiple));
}

Pieces ElementPieces(std::size_t count, std::size_t threads) {
  return {count, {.most = count, .least = kLeastElements, .multiple = kPieceElements}, threads};
}

}  // namespace alice
