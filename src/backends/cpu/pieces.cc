#include "backends/cpu/pieces.h"

#include "backends/cpu/product_pieces.h"

namespace alice {
namespace {

/// What takes some microseconds.
constexpr double kLeastProducts = 1 << 18;
/// Fewer rows cost more for reading B than for multiplying.
constexpr std::size_t kLeastRows = 24;
constexpr std::size_t kLeastPanels = 2;
/// Rows of the fast kernels' tile.
constexpr std::size_t kTile = 6;

}  // namespace

Pieces::Pieces(std::size_t count, const Limits& limits, std::size_t threads) : count_(count) {
  size_ = std::max<std::size_t>(std::min(count, limits.most), 1);
  if (Threads::kMost == 1 || threads <= 1 || count < 2 * limits.least) return;
  const std::size_t wanted = std::max(threads * limits.per_thread, (count + size_ - 1) / size_);
  const std::size_t number = (wanted + threads - 1) / threads * threads;
  const std::size_t even = (count + number - 1) / number;
  const std::size_t whole = (even + limits.multiple - 1) / limits.multiple * limits.multiple;
  size_ = std::min(size_, std::max(whole, limits.least));
}

Pieces ElementPieces(std::size_t count, std::size_t threads) {
  return {count, {.most = count, .least = kLeastElements, .multiple = kPieceElements}, threads};
}

ProductPieces::ProductPieces(const Size& size, std::size_t most, std::size_t panel, std::size_t threads) {
  const double products = static_cast<double>(size.units) * static_cast<double>(size.unit_rows) *
                          static_cast<double>(size.columns) * static_cast<double>(size.k);
  if (products < kLeastProducts) threads = 1;
  const std::size_t least = (kLeastRows + size.unit_rows - 1) / size.unit_rows;
  rows_ = Pieces(size.units, {.most = most, .least = least, .multiple = size.unit_rows == 1 ? kTile : 1}, threads);
  all_columns_ = Pieces(size.columns, {.most = size.columns}, 1);
  // Every piece of columns takes in the rows anew.
  columns_ =
      Pieces(size.columns, {.most = size.columns, .least = kLeastPanels * panel, .multiple = panel, .per_thread = 1},
             rows_.number() < threads ? threads : 1);
}

}  // namespace alice
