#pragma once

#include <cstddef>

#include "backends/cpu/pieces.h"
#include "tensor/window.h"

namespace alice {

/// The outputs [rows, columns] of a product, in pieces of rows, or of columns where that gives more to do to all threads, or
/// leaves less to read twice. A thread whose pieces are adjacent has the same rows, or columns, from one operator to the next.
class ProductPieces {
 public:
  /// [rows, k] · [k, columns]
  struct Size {
    std::size_t units;          ///< of rows, which stay together
    std::size_t unit_rows = 1;  ///< in each
    std::size_t columns, k;
    bool rows_lie = false;  ///< rows are read where they are, not made for each piece
  };

  ProductPieces() = default;
  /// Units in a piece are `most` at most; columns begin with a multiple of `panel`.
  ProductPieces(const Size& size, std::size_t most, std::size_t panel, std::size_t threads);
  /// Of a depthwise convolution the rows are outputs, `most` in a piece at most, and the columns channels.
  static ProductPieces OfDepthwise(const Window2d& window, std::size_t channels, std::size_t most, std::size_t threads);

  /// Calls work(unit, units, column, columns, thread) for every piece; with all columns where these are not to be cut, or one
  /// thread does it alone.
  template <typename Work>
  void ForEach(const Threads& threads, bool may_cut_columns, const Work& work) const {
    if (threads.count() == 1 || !may_cut_columns) {
      return rows_alone_.ForEach(threads, [&](std::size_t first, std::size_t count, std::size_t thread) {
        work(first, count, std::size_t{0}, columns_.all(), thread);
      });
    }
    // Column after column: what is adjacent reads the same weights.
    const std::size_t down = rows_.number();
    threads.ForEach(down * columns_.number(), [&](std::size_t piece, std::size_t thread) {
      const std::size_t row = piece % down;
      const std::size_t column = piece / down;
      work(rows_.first(row), rows_.count(row), columns_.first(column), columns_.count(column), thread);
    });
  }

 private:
  ProductPieces(const Pieces& rows, std::size_t columns);

  Pieces rows_, columns_;
  Pieces rows_alone_;  ///< where columns are not cut
};

}  // namespace alice
