#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "tensor/shape.h"

namespace alice {

/// A convolution as the ONNX specification words it, for tests: X [samples, channels, rows, columns], W [filters,
/// channels / group, kernel rows, kernel columns]. `top`, `left`, ... are the resolved paddings.
struct NaiveConv {
  std::int64_t samples = 1, channels = 1, rows = 1, columns = 1;
  std::int64_t filters = 1, kernel_rows = 1, kernel_columns = 1;
  std::int64_t group = 1;
  std::int64_t stride_rows = 1, stride_columns = 1, dilation_rows = 1, dilation_columns = 1;
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;

  [[nodiscard]] std::int64_t out_rows() const {
    return (rows + top + bottom - dilation_rows * (kernel_rows - 1) - 1) / stride_rows + 1;
  }
  [[nodiscard]] std::int64_t out_columns() const {
    return (columns + left + right - dilation_columns * (kernel_columns - 1) - 1) / stride_columns + 1;
  }
  [[nodiscard]] std::int64_t group_channels() const { return channels / group; }

  /// The element of X under (c, i, j) of the window of output (row, column), or 0 in the padding.
  [[nodiscard]] float At(const std::vector<float>& x, std::int64_t sample, std::int64_t channel, std::int64_t row,
                         std::int64_t column, std::int64_t i, std::int64_t j) const {
    const std::int64_t y = row * stride_rows - top + i * dilation_rows;
    const std::int64_t z = column * stride_columns - left + j * dilation_columns;
    if (y < 0 || y >= rows || z < 0 || z >= columns) return 0.0f;
    return x[static_cast<std::size_t>(((sample * channels + channel) * rows + y) * columns + z)];
  }

  /// y [samples, filters, out_rows, out_columns] and, of magnitudes, its bound.
  struct Output {
    std::vector<double> y, bound;
  };
  [[nodiscard]] Output Run(const std::vector<float>& x, const std::vector<float>& w,
                           const std::vector<float>& bias) const {
    Output output;
    for (std::int64_t sample = 0; sample < samples; ++sample) {
      for (std::int64_t filter = 0; filter < filters; ++filter) {
        const std::int64_t first_channel = filter / (filters / group) * group_channels();
        for (std::int64_t row = 0; row < out_rows(); ++row) {
          for (std::int64_t column = 0; column < out_columns(); ++column) {
            double sum = bias.empty() ? 0.0 : static_cast<double>(bias[static_cast<std::size_t>(filter)]);
            double bound = std::abs(sum);
            std::size_t at = static_cast<std::size_t>(filter * group_channels() * kernel_rows * kernel_columns);
            for (std::int64_t c = 0; c < group_channels(); ++c) {
              for (std::int64_t i = 0; i < kernel_rows; ++i) {
                for (std::int64_t j = 0; j < kernel_columns; ++j) {
                  const double product = static_cast<double>(w[at++]) *
                                         static_cast<double>(At(x, sample, first_channel + c, row, column, i, j));
                  sum += product;
                  bound += std::abs(product);
                }
              }
            }
            output.y.push_back(sum);
            output.bound.push_back(bound);
          }
        }
      }
    }
    return output;
  }
};

}  // namespace alice
