#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace alice {

/// A sliding window along one spatial axis: output o looks at the elements o · stride − pad_begin + i · dilation for
/// i in [0, kernel); those outside of [0, size) are padding.
struct WindowAxis {
  std::int64_t size = 1;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_begin = 0;
  std::int64_t pad_end = 0;
  std::int64_t outputs = 1;

  /// The window elements [first, last) of output `o` that lie in [begin, end) of the input.
  struct Span {
    std::int64_t first, last;
  };
  [[nodiscard]] Span Inside(std::int64_t o, std::int64_t begin, std::int64_t end) const {
    const std::int64_t start = o * stride - pad_begin;
    const std::int64_t first = start < begin ? (begin - start + dilation - 1) / dilation : 0;
    const std::int64_t last = start < end ? (end - start + dilation - 1) / dilation : 0;
    return {std::min(first, kernel), std::clamp(last, std::min(first, kernel), kernel)};
  }
  [[nodiscard]] Span Inside(std::int64_t o) const { return Inside(o, 0, size); }
  /// How many window elements of output o lie in the input, or with `count_padding` in the padded input.
  [[nodiscard]] std::int64_t Counted(std::int64_t o, bool count_padding) const {
    const Span span = count_padding ? Inside(o, -pad_begin, size + pad_end) : Inside(o);
    return span.last - span.first;
  }
  /// The outputs [first, last) whose window element i lies in the input.
  [[nodiscard]] Span OutputsOver(std::int64_t i) const {
    const std::int64_t start = i * dilation - pad_begin;
    const auto steps_to = [&](std::int64_t end) {
      return std::clamp<std::int64_t>(end <= start ? 0 : (end - start + stride - 1) / stride, 0, outputs);
    };
    return {steps_to(0), steps_to(size)};
  }
  /// The same window for the outputs [first, first + count) alone.
  [[nodiscard]] WindowAxis Part(std::int64_t first, std::int64_t count) const {
    WindowAxis part = *this;
    part.pad_begin -= first * stride;
    part.outputs = count;
    return part;
  }
  /// The input element under window element i of output o.
  [[nodiscard]] std::int64_t At(std::int64_t o, std::int64_t i) const { return o * stride - pad_begin + i * dilation; }
};

/// The spatial axes of the operators that slide a window over channels-last tensors [samples, rows, columns, channels];
/// a 1-D one has one row.
struct Window2d {
  WindowAxis rows, columns;

  [[nodiscard]] std::int64_t outputs() const { return rows.outputs * columns.outputs; }
  [[nodiscard]] std::int64_t elements() const { return rows.kernel * columns.kernel; }
};

}  // namespace alice
