#include "kernels/pool_f32/pool_f32.h"

#include <algorithm>
#include <limits>

#include "tensor/shape.h"

namespace alice {
namespace {

/// For every output: starts y [channels] at `start`, lets accumulate(x, y) take each element under the window, and
/// finish(row, column, y) complete it.
template <typename Accumulate, typename Finish>
void Slide(const PoolF32Args& args, float start, const Accumulate& accumulate, const Finish& finish) {
  const auto& [rows, columns] = args.window;
  float* y = args.y;
  for (std::size_t sample = 0; sample < args.samples; ++sample) {
    const float* x = args.x + sample * Index(rows.size) * Index(columns.size) * args.channels;
    for (std::int64_t row = 0; row < rows.outputs; ++row) {
      const WindowAxis::Span in_rows = rows.Inside(row);
      for (std::int64_t column = 0; column < columns.outputs; ++column, y += args.channels) {
        const WindowAxis::Span in_columns = columns.Inside(column);
        std::fill_n(y, args.channels, start);
        for (std::int64_t i = in_rows.first; i < in_rows.last; ++i) {
          for (std::int64_t j = in_columns.first; j < in_columns.last; ++j) {
            const std::int64_t pixel = rows.At(row, i) * columns.size + columns.At(column, j);
            accumulate(x + Index(pixel) * args.channels, y);
          }
        }
        finish(row, column, y);
      }
    }
  }
}

}  // namespace

void MaxPoolF32(const PoolF32Args& args) {
  const std::size_t channels = args.channels;
  Slide(
      args, -std::numeric_limits<float>::infinity(),
      [channels](const float* x, float* y) {
        for (std::size_t c = 0; c < channels; ++c) y[c] = y[c] < x[c] ? x[c] : y[c];
      },
      [](std::int64_t, std::int64_t, float*) {});
}

void AveragePoolF32(const PoolF32Args& args, bool count_padding) {
  const std::size_t channels = args.channels;
  Slide(
      args, 0.0f,
      [channels](const float* x, float* y) {
        for (std::size_t c = 0; c < channels; ++c) y[c] += x[c];
      },
      [&](std::int64_t row, std::int64_t column, float* y) {
        const auto count = static_cast<float>(args.window.rows.Counted(row, count_padding) *
                                              args.window.columns.Counted(column, count_padding));
        for (std::size_t c = 0; c < channels; ++c) y[c] /= count;
      });
}

}  // namespace alice
