#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/depthwise_u8s16s32/depthwise_u8s16s32.h"

namespace alice {

/// The pixels under the taps of kOutputs adjacent outputs of a sample: pair after pair of taps, in a pair output after
/// output, each with two pointers. Taps outside of x, and those that make the last pair and the last outputs whole, see
/// the padding.
class TapPointers {
 public:
  static constexpr std::size_t kOutputs = 4;

  static std::size_t Pairs(const Window2d& window) { return (Index(window.elements()) + 1) / 2; }
  static std::size_t Bytes(const Window2d& window) { return Pairs(window) * kOutputs * 2 * sizeof(void*); }

  explicit TapPointers(const DepthwiseU8S16S32Args& args)
      : args_(args), taps_(Index(args.window.elements())), pointers_(reinterpret_cast<Pointer*>(args.scratch)) {
    std::fill_n(pointers_, Pairs(args.window) * kOutputs * 2, args.padding);
  }

  /// Sets those of `outputs` outputs, at most kOutputs, from `first` on.
  void Find(std::size_t first, std::size_t outputs) {
    const auto& [rows, columns] = args_.window;
    std::int64_t row = static_cast<std::int64_t>(first) / columns.outputs;
    std::int64_t column = static_cast<std::int64_t>(first) % columns.outputs;
    for (std::size_t output = 0; output < kOutputs; ++output) {
      if (output < outputs) {
        FindOne(output, row, column);
      } else {
        for (std::size_t tap = 0; tap < taps_; ++tap) At(tap, output) = args_.padding;
      }
      if (++column < columns.outputs) continue;
      column = 0;
      ++row;
    }
  }

  [[nodiscard]] const std::uint8_t* const* data() const { return pointers_; }

 private:
  using Pointer = const std::uint8_t*;

  Pointer& At(std::size_t tap, std::size_t output) { return pointers_[(tap / 2 * kOutputs + output) * 2 + tap % 2]; }

  void FindOne(std::size_t output, std::int64_t row, std::int64_t column) {
    const auto& [rows, columns] = args_.window;
    const std::int64_t first_row = rows.At(row, 0);
    const std::int64_t first_column = columns.At(column, 0);
    const std::size_t step = Index(columns.dilation) * args_.channels;
    const bool whole = first_column >= 0 && columns.At(column, columns.kernel - 1) < columns.size;
    std::size_t tap = 0;
    for (std::int64_t i = 0, y = first_row; i < rows.kernel; ++i, y += rows.dilation) {
      const bool inside = y >= 0 && y < rows.size;
      if (inside && whole) {
        Pointer pixel = args_.x + Index(y * columns.size + first_column) * args_.channels;
        for (std::int64_t j = 0; j < columns.kernel; ++j, ++tap, pixel += step) At(tap, output) = pixel;
        continue;
      }
      for (std::int64_t j = 0, z = first_column; j < columns.kernel; ++j, ++tap, z += columns.dilation) {
        const bool covers = inside && z >= 0 && z < columns.size;
        At(tap, output) = covers ? args_.x + Index(y * columns.size + z) * args_.channels : args_.padding;
      }
    }
  }

  static std::size_t Index(std::int64_t value) { return static_cast<std::size_t>(value); }

  const DepthwiseU8S16S32Args& args_;
  std::size_t taps_;
  Pointer* pointers_;
};

}  // namespace alice
