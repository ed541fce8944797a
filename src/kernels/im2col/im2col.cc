#include "kernels/im2col/im2col.h"

#include <algorithm>

#include "tensor/shape.h"

namespace alice {
namespace {

/// One row of the window of one output: the elements of the columns [inside.first, inside.last), padding around them.
template <typename T>
void GatherRow(const Im2colArgs& args, std::int64_t column, const T* row, T padding, T* y) {
  const WindowAxis& axis = args.window.columns;
  const std::size_t count = args.count;
  const WindowAxis::Span inside = axis.Inside(column);
  if (inside.first == inside.last) {
    std::fill_n(y, Index(axis.kernel) * count, padding);
    return;
  }
  y = std::fill_n(y, Index(inside.first) * count, padding);
  const T* from = row + Index(axis.At(column, inside.first)) * args.channels + args.first_channel;
  const std::size_t taps = Index(inside.last - inside.first);
  if (axis.dilation == 1 && count == args.channels) {
    y = std::copy_n(from, taps * count, y);
  } else {
    const std::size_t step = Index(axis.dilation) * args.channels;
    for (std::size_t tap = 0; tap < taps; ++tap) y = std::copy_n(from + tap * step, count, y);
  }
  std::fill_n(y, Index(axis.kernel - inside.last) * count, padding);
}

template <typename T>
void Gather(const Im2colArgs& args, const T* x, T padding, T* y, std::size_t ldy) {
  const auto& [rows, columns] = args.window;
  const std::size_t row_elements = Index(columns.kernel) * args.count;
  const std::size_t row_stride = Index(columns.size) * args.channels;
  for (std::size_t patch = 0; patch < args.patches; ++patch, y += ldy) {
    const auto index = static_cast<std::int64_t>(args.first_patch + patch);
    const std::int64_t column = index % columns.outputs;
    const std::int64_t row = index / columns.outputs % rows.outputs;
    const T* sample = x + Index(index / args.window.outputs()) * Index(rows.size) * row_stride;
    const WindowAxis::Span inside = rows.Inside(row);
    T* to = y;
    for (std::int64_t tap = 0; tap < rows.kernel; ++tap, to += row_elements) {
      if (tap < inside.first || tap >= inside.last) {
        std::fill_n(to, row_elements, padding);
      } else {
        GatherRow(args, column, sample + Index(rows.At(row, tap)) * row_stride, padding, to);
      }
    }
  }
}

}  // namespace

void Im2col(const Im2colArgs& args, const float* x, float padding, float* y, std::size_t ldy) {
  Gather(args, x, padding, y, ldy);
}

void Im2col(const Im2colArgs& args, const std::uint8_t* x, std::uint8_t padding, std::uint8_t* y, std::size_t ldy) {
  Gather(args, x, padding, y, ldy);
}

}  // namespace alice
