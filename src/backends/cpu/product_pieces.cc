#include "backends/cpu/product_pieces.h"

#include <algorithm>

#include "tensor/shape.h"

namespace alice {
namespace {

/// What takes some microseconds.
constexpr double kLeastProducts = 1 << 18;
/// Fewer rows cost more for reading B than for multiplying.
constexpr std::size_t kLeastRows = 12;
/// Weights that are so many times as many as what the rows read and write are rather read once than these.
constexpr double kManyWeights = 4;
constexpr std::size_t kLeastPanels = 2;
/// Rows of the fast kernels' tile.
constexpr std::size_t kTile = 6;

// Of a depthwise convolution.

/// What takes some microseconds.
constexpr std::size_t kLeastSums = std::size_t{1} << 14;
/// Rows of an image, to each thread: of fewer than these pieces do not come out even.
constexpr std::size_t kRowsPerThread = 3;
/// Their codes fill a cache line.
constexpr std::size_t kLeastChannels = 64;

}  // namespace

ProductPieces::ProductPieces(const Pieces& rows, std::size_t columns)
    : rows_(rows), columns_(columns, {.most = columns}, 1), rows_alone_(rows) {}

ProductPieces::ProductPieces(const Size& size, std::size_t most, std::size_t panel, std::size_t threads) {
  const auto columns = static_cast<double>(size.columns);
  const auto k = static_cast<double>(size.k);
  const double rows = static_cast<double>(size.units) * static_cast<double>(size.unit_rows);
  if (Threads::kMost == 1 || rows * columns * k < kLeastProducts) threads = 1;
  const std::size_t least = (kLeastRows + size.unit_rows - 1) / size.unit_rows;
  const std::size_t multiple = size.unit_rows == 1 ? kTile : 1;
  *this = {Pieces(size.units, {.most = most, .least = least, .multiple = multiple}, threads), size.columns};
  if (Threads::kMost == 1 || threads == 1) return;

  // Every piece of columns reads, or makes, all rows, every piece of rows all weights.
  const bool is_mostly_weights = size.rows_lie && columns * k > kManyWeights * rows * (columns + k);
  if (rows_.number() >= threads && !is_mostly_weights) return;
  const Pieces cut(size.columns,
                   {.most = size.columns, .least = kLeastPanels * panel, .multiple = panel, .per_thread = 1}, threads);
  const bool serves_all = cut.number() >= threads;
  if (rows_.number() >= threads && !serves_all) return;
  columns_ = cut;
  if (serves_all) rows_ = Pieces(size.units, {.most = most}, 1);
}

ProductPieces ProductPieces::OfDepthwise(const Window2d& window, std::size_t channels, std::size_t most,
                                         std::size_t threads) {
  const std::size_t width = Index(window.columns.outputs);
  const std::size_t outputs = Index(window.outputs());
  const std::size_t output_sums = channels * Index(window.elements());
  const std::size_t least = std::max<std::size_t>(kLeastSums / std::max<std::size_t>(output_sums, 1), 1);
  ProductPieces pieces(Pieces(outputs, {.most = most, .least = least, .multiple = width}, threads), channels);
  if (Threads::kMost == 1 || pieces.rows_.number() == 1) return pieces;
  if (Index(window.rows.size) >= kRowsPerThread * threads) return pieces;
  pieces.rows_ = Pieces(outputs, {.most = most}, 1);
  pieces.columns_ = Pieces(
      channels, {.most = channels, .least = kLeastChannels, .multiple = kLeastChannels, .per_thread = 1}, threads);
  return pieces;
}

}  // namespace alice
