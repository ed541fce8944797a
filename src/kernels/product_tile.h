#pragma once

#include <cstddef>

#include "kernels/product_columns.h"
#include "kernels/simd128.h"

namespace alice {

/// Rows of a whole tile: with 12 sums, 2 vectors of B and 1 of A it fills the 16 registers that x86 has.
inline constexpr std::size_t kTileRows = 6;
/// Panels that a single row takes at a time: 8 sums hide the latency of the instruction.
inline constexpr std::size_t kRowPanels = 4;

/// Visits (first row, rows) of the tiles that cover `rows` rows: as few as there can be, of equal heights as far as that
/// goes, for a low tile hides less of the instructions' latency.
template <typename Visit>
void ForEachTile(std::size_t rows, const Visit& visit) {
  std::size_t row = 0;
  for (std::size_t left = (rows + kTileRows - 1) / kTileRows; left > 0; --left) {
    const std::size_t height = (rows - row + left - 1) / left;
    visit(row, height);
    row += height;
  }
}

/// Panels of B: adjacent groups of kTileColumns columns.
struct TileColumns {
  const std::byte* data;    ///< panel 0's group 0
  std::size_t panel_bytes;  ///< from panel to panel
  std::size_t group_bytes;  ///< from group to group, where Step::kGroupBytes is 0
};

/// The inner loop of every product: kRows × (kVectors · 4) sums, kept in registers over all groups of k.
///
///   a     the first row's group 0; a group is 4 bytes, rows are a_stride bytes apart
///   sums  [kRows, kVectors], taken and given
///
/// Step says what one group is: Load(group, v), the v-th vector of a panel's group, and Add(sum, a, b). The rows are found
/// from one running address, so that the loop needs one addition for all of them.
template <typename Step, std::size_t kRows, std::size_t kVectors>
[[gnu::noinline]] void MultiplyTile(const std::byte* a, std::size_t a_stride, const TileColumns& columns,
                                    std::size_t groups, v128_t* sums) {
  v128_t tile[kRows][kVectors];
  std::size_t row_at[kRows];
  for (std::size_t row = 0; row < kRows; ++row) {
    row_at[row] = row * a_stride;
    for (std::size_t v = 0; v < kVectors; ++v) tile[row][v] = sums[row * kVectors + v];
  }
  const std::byte* b = columns.data;
  const std::size_t panel_bytes = columns.panel_bytes;
  const std::size_t group_bytes = Step::kGroupBytes != 0 ? Step::kGroupBytes : columns.group_bytes;
  for (const std::byte* const end = a + groups * 4; a != end; a += 4, b += group_bytes) {
    v128_t vectors[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) vectors[v] = Step::Load(b + v / 2 * panel_bytes, v % 2);
    for (std::size_t row = 0; row < kRows; ++row) {
      const v128_t value = wasm_v128_load32_splat(a + row_at[row]);
      for (std::size_t v = 0; v < kVectors; ++v) tile[row][v] = Step::Add(tile[row][v], value, vectors[v]);
    }
  }
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t v = 0; v < kVectors; ++v) sums[row * kVectors + v] = tile[row][v];
  }
}

/// MultiplyTile for one panel and any number of rows of a tile.
template <typename Step>
void MultiplyRows(std::size_t rows, const std::byte* a, std::size_t a_stride, const TileColumns& columns,
                  std::size_t groups, v128_t* sums) {
  switch (rows) {
    case 1:
      return MultiplyTile<Step, 1, 2>(a, a_stride, columns, groups, sums);
    case 2:
      return MultiplyTile<Step, 2, 2>(a, a_stride, columns, groups, sums);
    case 3:
      return MultiplyTile<Step, 3, 2>(a, a_stride, columns, groups, sums);
    case 4:
      return MultiplyTile<Step, 4, 2>(a, a_stride, columns, groups, sums);
    case 5:
      return MultiplyTile<Step, 5, 2>(a, a_stride, columns, groups, sums);
    default:
      return MultiplyTile<Step, kTileRows, 2>(a, a_stride, columns, groups, sums);
  }
}

}  // namespace alice
