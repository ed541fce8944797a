#include "kernels/im2col/im2col.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "tensor/shape.h"

namespace alice {
namespace {

/// `taps` runs of `bytes` bytes each, `step` bytes apart, side by side to y. A run of a length that is known when this is compiled is an
/// instruction or two, and no call.
void CopyRuns(const void* x, std::size_t step, std::size_t taps, std::size_t bytes, void* y) {
  const auto* from = static_cast<const std::byte*>(x);
  auto* to = static_cast<std::byte*>(y);
  const auto copy = [&](auto length) {
    for (std::size_t tap = 0; tap < taps; ++tap) std::memcpy(to + tap * length, from + tap * step, length);
  };
  switch (bytes) {
    case 4:
      return copy(std::integral_constant<std::size_t, 4>());
    case 8:
      return copy(std::integral_constant<std::size_t, 8>());
    case 16:
      return copy(std::integral_constant<std::size_t, 16>());
    case 32:
      return copy(std::integral_constant<std::size_t, 32>());
    case 64:
      return copy(std::integral_constant<std::size_t, 64>());
    default:
      return copy(bytes);
  }
}

/// One row of the window of the output in `column`: the elements of the columns `inside`, padding around them.
template <typename T>
void GatherRow(const Im2colArgs& args, std::int64_t column, const WindowAxis::Span& inside, const T* row, T padding,
               T* y) {
  const WindowAxis& axis = args.window.columns;
  const std::size_t count = args.count;
  if (inside.first > 0) y = std::fill_n(y, Index(inside.first) * count, padding);
  const T* from = row + Index(axis.At(column, inside.first)) * args.channels + args.first_channel;
  const std::size_t taps = Index(inside.last - inside.first);
  if (axis.dilation == 1 && count == args.channels) {
    std::copy_n(from, taps * count, y);
  } else {
    CopyRuns(from, Index(axis.dilation) * args.channels * sizeof(T), taps, count * sizeof(T), y);
  }
  if (inside.last < axis.kernel) std::fill_n(y + taps * count, Index(axis.kernel - inside.last) * count, padding);
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
    const WindowAxis::Span rows_inside = rows.Inside(row);
    const WindowAxis::Span columns_inside = columns.Inside(column);
    const bool is_outside = columns_inside.first == columns_inside.last;
    T* to = y;
    for (std::int64_t tap = 0; tap < rows.kernel; ++tap, to += row_elements) {
      if (is_outside || tap < rows_inside.first || tap >= rows_inside.last) {
        std::fill_n(to, row_elements, padding);
      } else {
        GatherRow(args, column, columns_inside, sample + Index(rows.At(row, tap)) * row_stride, padding, to);
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
