#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"

namespace alice {

/// Adjacent outputs of one row, and the columns of x that their windows see: in scratch, each column holds the codes of
/// kChannels channels under the window's rows, laid out as the weights of a window's column are.
struct DepthwiseColumns {
  static constexpr std::size_t kMostOutputs = 32;
  static constexpr std::size_t kTileOutputs = 4;  ///< that share the weights' registers

  static std::size_t Groups(std::size_t group_rows, const Window2d& window) {
    return (static_cast<std::size_t>(window.rows.kernel) + group_rows - 1) / group_rows;
  }
  /// How many columns whole tiles of that many outputs see.
  static std::size_t Columns(const WindowAxis& axis, std::size_t outputs) {
    const std::size_t whole = (outputs + kTileOutputs - 1) / kTileOutputs * kTileOutputs;
    return (whole - 1) * static_cast<std::size_t>(axis.stride) +
           static_cast<std::size_t>((axis.kernel - 1) * axis.dilation) + 1;
  }
  static std::size_t Bytes(std::size_t group_rows, const Window2d& window) {
    const std::size_t outputs = std::min(kMostOutputs, static_cast<std::size_t>(window.columns.outputs));
    if (outputs == 0) return 0;
    return Columns(window.columns, outputs) * Groups(group_rows, window) * DepthwiseLayout::kGroupBytes;
  }
};

}  // namespace alice
