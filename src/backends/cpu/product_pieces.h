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
  ProductPieces(const Size& size, std::size_t most, std::size_t panel, std::size_t threads);

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
  Pieces rows_, columns_, all_columns_;
};

}  // namespace alice
