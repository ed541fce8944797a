#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/depthwise_u8s8s32/columns.h"
#include "kernels/dequantize_gemm/epilogue_simd128.h"
#include "tensor/shape.h"

namespace alice {

/// The convolution of `Family` in segments of adjacent outputs and blocks of channels: the columns that a segment sees are
/// interleaved once, then each output is the sum of products of its columns with the window's. Family says
///
///   kRows                         how many rows are interleaved
///   Interleave(rows, column)      the codes of 8 channels under them, as two vectors
///   Add(sum, codes, weights)      sum plus the products of the rows
template <typename Family>
class DepthwiseBlocks {
 public:
  explicit DepthwiseBlocks(const DepthwiseU8S8S32Args& args)
      : args_(args),
        groups_(DepthwiseColumns::Groups(Family::kRows, args.window)),
        column_bytes_(groups_ * DepthwiseLayout::kGroupBytes),
        block_bytes_(Index(args.window.columns.kernel) * column_bytes_) {}

  template <typename Epilogue>
  void Run(Epilogue&& epilogue) const {
    static_assert(DepthwiseColumns::kMostOutputs <= DequantizeEpilogue::kMostRows);
    const std::size_t width = Index(args_.window.columns.outputs);
    for (std::size_t row = 0; row < args_.count;) {
      const std::size_t output = args_.first + row;
      const std::size_t outputs = std::min({DepthwiseColumns::kMostOutputs, width - output % width, args_.count - row});
      const Segment segment{.row = AxisSize(output / width), .column = AxisSize(output % width), .outputs = outputs};
      const std::byte* w = args_.packed;
      for (std::size_t c = 0; c < args_.channels; c += DepthwiseLayout::kChannels, w += block_bytes_) {
        Fill(segment, c);
        for (std::size_t o = 0; o < outputs; o += kTile) {
          v128_t sums[kTile * 2];
          SumTile(o, w, sums);
          epilogue.Store({row + o, std::min(kTile, outputs - o), c, 2, sums});
        }
      }
      epilogue.FinishRows(row, outputs);
      row += outputs;
    }
  }

 private:
  static constexpr std::size_t kTile = DepthwiseColumns::kTileOutputs;

  struct Segment {
    std::int64_t row, column;  ///< of its first output
    std::size_t outputs;
  };

  /// Some rows of x under a window's, from channel c on: a row outside of it is the padding everywhere.
  struct Rows {
    const std::uint8_t* first_pixel[Family::kRows];
    std::size_t mask[Family::kRows];
  };

  [[nodiscard]] Rows RowsOf(std::int64_t output_row, std::size_t group, std::size_t c) const {
    const auto& [rows, columns] = args_.window;
    Rows result;
    for (std::size_t r = 0; r < Family::kRows; ++r) {
      const std::int64_t i = AxisSize(group * Family::kRows + r);
      const std::int64_t y = rows.At(output_row, i);
      const bool inside = i < rows.kernel && y >= 0 && y < rows.size;
      result.first_pixel[r] = (inside ? args_.x + Index(y * columns.size) * args_.pixel : args_.padding) + c;
      result.mask[r] = inside ? ~std::size_t{0} : 0;
    }
    return result;
  }

  /// Interleaves the columns that a segment sees, from channel c on.
  void Fill(const Segment& segment, std::size_t c) const {
    const WindowAxis& axis = args_.window.columns;
    const std::int64_t first = axis.At(segment.column, 0);
    const std::int64_t last = axis.At(segment.column + AxisSize(segment.outputs) - 1, axis.kernel - 1) + 1;
    const std::int64_t begin = std::clamp<std::int64_t>(first, 0, axis.size);
    const std::int64_t end = std::clamp(last, begin, axis.size);
    const std::uint8_t* padding[Family::kRows];
    std::fill_n(padding, Family::kRows, args_.padding + c);
    // Copies, which no store can alias.
    const std::size_t pixel = args_.pixel;
    const std::size_t column_bytes = column_bytes_;
    for (std::size_t group = 0; group < groups_; ++group) {
      std::byte* to = args_.scratch + group * DepthwiseLayout::kGroupBytes;
      const Rows rows = RowsOf(segment.row, group, c);
      std::int64_t z = first;
      for (; z < std::min(begin, last); ++z, to += column_bytes) Family::Interleave(padding, to);
      std::size_t offset = Index(begin) * pixel;
      for (; z < end; ++z, to += column_bytes, offset += pixel) {
        const std::uint8_t* pixels[Family::kRows];
        for (std::size_t r = 0; r < Family::kRows; ++r) pixels[r] = rows.first_pixel[r] + (offset & rows.mask[r]);
        Family::Interleave(pixels, to);
      }
      for (; z < last; ++z, to += column_bytes) Family::Interleave(padding, to);
    }
  }

  /// The sums [kTile, 2 vectors] of the outputs from `first` of the segment on; what lies beyond it is of no meaning.
  void SumTile(std::size_t first, const std::byte* w, v128_t* sums) const {
    const WindowAxis& axis = args_.window.columns;
    const std::size_t column_bytes = column_bytes_;
    const std::size_t step = Index(axis.stride) * column_bytes;
    const std::size_t tap_step = Index(axis.dilation) * column_bytes;
    const std::byte* column = args_.scratch + first * step;
    v128_t tile[kTile][2];
    for (auto& sum : tile) sum[0] = sum[1] = wasm_i32x4_splat(0);
    for (const std::byte* const end = w + block_bytes_; w != end; column += tap_step) {
      const std::byte* x = column;
      for (const std::byte* const column_end = w + column_bytes; w != column_end;) {
        const v128_t weights[2] = {wasm_v128_load(w), wasm_v128_load(w + 16)};
        const std::byte* codes = x;
        for (auto& sum : tile) {
          sum[0] = Family::Add(sum[0], wasm_v128_load(codes), weights[0]);
          sum[1] = Family::Add(sum[1], wasm_v128_load(codes + 16), weights[1]);
          codes += step;
        }
        x += DepthwiseLayout::kGroupBytes;
        w += DepthwiseLayout::kGroupBytes;
      }
    }
    for (std::size_t o = 0; o < kTile; ++o) {
      sums[o * 2] = tile[o][0];
      sums[o * 2 + 1] = tile[o][1];
    }
  }

  const DepthwiseU8S8S32Args& args_;
  std::size_t groups_;
  std::size_t column_bytes_;  ///< of an interleaved column
  std::size_t block_bytes_;   ///< of the weights of a block of channels
};

/// The codes of 8 channels in two rows side by side.
inline v128_t InterleaveCodes(const std::uint8_t* first, const std::uint8_t* second) {
  return wasm_i8x16_shuffle(wasm_v128_load64_zero(first), wasm_v128_load64_zero(second), 0, 16, 1, 17, 2, 18, 3, 19, 4,
                            20, 5, 21, 6, 22, 7, 23);
}

}  // namespace alice

/// The entry points of a kernel that works so.
#define ALICE_DEPTHWISE_U8S8S32_BY_BLOCKS(name, Family)                                     \
  void name::Sums(const DepthwiseU8S8S32Args& args, const DepthwiseSums& to) {              \
    DepthwiseBlocks<Family>(args).Run(SumsEpilogue(to.sums, args.channels, args.channels)); \
  }                                                                                         \
  void name::Dequantize(const DepthwiseU8S8S32Args& args, const Dequantization& to) {       \
    DepthwiseBlocks<Family>(args).Run(DequantizeEpilogue(to, args.count, args.channels));   \
  }                                                                                         \
  void name::Requantize(const DepthwiseU8S8S32Args& args, const Requantization& to) {       \
    DepthwiseBlocks<Family>(args).Run(RequantizeEpilogue(to, args.channels));               \
  }
