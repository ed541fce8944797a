#pragma once

#include <algorithm>
#include <cstddef>

#include "backends/cpu/pieces.h"

namespace alice {

/// A product [rows, k] · [k, columns] in pieces of rows, or where rows are too few for all threads, of rows and columns. Rows
/// come in units that stay together.
class ProductPieces {
 public:
  struct Size {
    std::size_t units;          ///< of rows
    std::size_t unit_rows = 1;  ///< in each
    std::size_t columns, k;
  };

  ProductPieces() = default;
  /// Units in a piece are `most` at most; columns begin with a multiple of `panel`.
  ProductPieces(const Size& size, std::size_t most, std::size_t panel, std::size_t threads) {
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

  /// Calls work(unit, units, column, columns, thread) for every piece; with all columns where these are not to be cut.
  template <typename Work>
  void ForEach(const Threads& threads, bool may_cut_columns, const Work& work) const {
    const Pieces& columns = may_cut_columns ? columns_ : all_columns_;
    const std::size_t across = columns.number();
    threads.ForEach(rows_.number() * across, [&](std::size_t piece, std::size_t thread) {
      const std::size_t row = piece / across;
      const std::size_t column = piece % across;
      work(rows_.first(row), rows_.count(row), columns.first(column), columns.count(column), thread);
    });
  }

 private:
  /// What takes some microseconds.
  static constexpr double kLeastProducts = 1 << 18;
  /// Fewer rows cost more for reading B than for multiplying.
  static constexpr std::size_t kLeastRows = 24;
  static constexpr std::size_t kLeastPanels = 2;
  /// Rows of the fast kernels' tile.
  static constexpr std::size_t kTile = 6;

  Pieces rows_, columns_, all_columns_;
};

}  // namespace alice
