#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/shape.h"
#include "tensor/window.h"

namespace alice {

/// The taps of a window that lie inside of a tensor: `rows` × `columns` of them.
struct InsideTaps {
  std::size_t rows, columns;
  std::size_t first_pixel;    ///< of the tensor, under the first of them
  std::size_t row_pixels;     ///< from a row of taps to the next
  std::size_t column_pixels;  ///< from tap to tap
  std::size_t first_tap;      ///< of the window
  std::size_t window_columns;
};

/// Calls visit(taps) for every output of one sample, row after row.
template <typename Visit>
void ForEachOutput(const Window2d& window, const Visit& visit) {
  const auto& [rows, columns] = window;
  for (std::int64_t row = 0; row < rows.outputs; ++row) {
    const WindowAxis::Span in_rows = rows.Inside(row);
    for (std::int64_t column = 0; column < columns.outputs; ++column) {
      const WindowAxis::Span in_columns = columns.Inside(column);
      const bool is_empty = in_rows.first == in_rows.last || in_columns.first == in_columns.last;
      const std::int64_t pixel =
          is_empty ? 0 : rows.At(row, in_rows.first) * columns.size + columns.At(column, in_columns.first);
      visit(InsideTaps{.rows = is_empty ? 0 : Index(in_rows.last - in_rows.first),
                       .columns = Index(in_columns.last - in_columns.first),
                       .first_pixel = Index(pixel),
                       .row_pixels = Index(rows.dilation * columns.size),
                       .column_pixels = Index(columns.dilation),
                       .first_tap = Index(in_rows.first * columns.kernel + in_columns.first),
                       .window_columns = Index(columns.kernel)});
    }
  }
}

}  // namespace alice
