#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/dequantize_gemm/epilogue_simd128.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/product_tile.h"

namespace alice {

/// Rows of A as the tiles of a kernel read them.
struct PreparedRows {
  const std::byte* data;
  std::size_t stride;  ///< bytes
};

/// The product of `Family` in blocks of Family::kBlockRows rows: while a block of A and a panel of B stay in the nearest
/// cache, B streams by once a block. Family says
///
///   Step<is_int4>                       one group of a tile (product_tile.h)
///   kPanelHeadBytes, kGroupRows         how B is packed
///   Prepare(args, row, rows)            a block of A, in scratch where the codes themselves will not do
///   Start(panel, v)                     what the v-th vector of a panel's sums starts from
// (Sums that start at 0 are to be stored by this function, not by a call.)
template <typename Family, bool kIsInt4, typename Epilogue>
[[clang::no_builtin("memset")]] void MultiplyBlocks(const GemmU8S8S32Args& args, Epilogue& epilogue) {
  using Step = typename Family::template Step<kIsInt4>;
  const std::size_t groups = (args.k + Family::kGroupRows - 1) / Family::kGroupRows;
  const std::size_t panel_bytes = Family::kPanelHeadBytes + groups * Step::kGroupBytes;
  const auto* const b = static_cast<const std::byte*>(args.packed_b);
  v128_t sums[kTileRows * 2];
  static_assert(kTileRows >= kRowPanels);
  for (std::size_t first = 0; first < args.m; first += Family::kBlockRows) {
    const std::size_t block = std::min(Family::kBlockRows, args.m - first);
    const PreparedRows a = Family::Prepare(args, first, block);
    const std::byte* panel = b;
    std::size_t column = 0;
    // A single row takes as many panels at a time as are left, as their sums hide each other's latency.
    const auto multiply_panels = [&]<std::size_t kPanels>() {
      constexpr std::size_t kVectors = kPanels * 2;
      for (std::size_t v = 0; v < kVectors; ++v) sums[v] = Family::Start(panel + v / 2 * panel_bytes, v % 2);
      MultiplyTile<Step, 1, kVectors>(a.data, a.stride, {panel + Family::kPanelHeadBytes, panel_bytes, 0}, groups,
                                      sums);
      epilogue.Store({first, 1, column, kVectors, sums});
      panel += kPanels * panel_bytes;
      column += kPanels * kTileColumns;
    };
    if (block == 1) {
      static_assert(kRowPanels == 4);
      while (column + 3 * kTileColumns < args.n) multiply_panels.template operator()<4>();
      while (column + kTileColumns < args.n) multiply_panels.template operator()<2>();
    }
    for (; column < args.n; column += kTileColumns, panel += panel_bytes) {
      ForEachTile(block, [&](std::size_t row, std::size_t rows) {
        for (std::size_t v = 0; v < rows * 2; ++v) sums[v] = Family::Start(panel, v % 2);
        MultiplyRows<Step>(rows, a.data + row * a.stride, a.stride, {panel + Family::kPanelHeadBytes, 0, 0}, groups,
                           sums);
        epilogue.Store({first + row, rows, column, 2, sums});
      });
    }
    epilogue.FinishRows(first, block);
  }
}

template <typename Family, typename Epilogue>
void MultiplyInto(const GemmU8S8S32Args& args, Epilogue&& epilogue) {
  static_assert(Family::kBlockRows <= DequantizeEpilogue::kMostRows);
  if (args.is_int4) {
    MultiplyBlocks<Family, true>(args, epilogue);
  } else {
    MultiplyBlocks<Family, false>(args, epilogue);
  }
}

}  // namespace alice

/// The entry points of a kernel that works in blocks.
#define ALICE_GEMM_U8S8S32_BY_BLOCKS(name, Family)                               \
  void name::Sums(const GemmU8S8S32Args& args, const GemmSums& to) {             \
    MultiplyInto<Family>(args, SumsEpilogue(to.c, to.ldc, args.n));              \
  }                                                                              \
  void name::Dequantize(const GemmU8S8S32Args& args, const Dequantization& to) { \
    if (DequantizeRowEpilogue::Serves(to, args.m)) {                             \
      MultiplyInto<Family>(args, DequantizeRowEpilogue(to, args.n));             \
    } else {                                                                     \
      MultiplyInto<Family>(args, DequantizeEpilogue(to, args.m, args.n));        \
    }                                                                            \
  }                                                                              \
  void name::Requantize(const GemmU8S8S32Args& args, const Requantization& to) { \
    MultiplyInto<Family>(args, RequantizeEpilogue(to, args.n));                  \
  }
