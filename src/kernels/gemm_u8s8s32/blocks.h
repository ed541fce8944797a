#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "kernels/dequantize_gemm/epilogue_simd128.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/product_tile.h"

namespace alice {

/// Rows of A as the tiles of a kernel read them.
struct PreparedRows {
  const std::byte* data;
  std::size_t stride;  ///< bytes
};

// A family of kernels says
//
//   Step<is_int4>                       one group of a tile (product_tile.h)
//   PanelHeadBytes(), kGroupRows        how B is packed
//   BlockRows()                         of how many rows of A a block is
//   Prepare(args, row, rows)            a block of A, in scratch where the codes themselves will not do
//   Start(panel, v)                     what the v-th vector of a panel's sums starts from

/// B as a family packs it.
template <typename Family, bool kIsInt4>
struct PackedPanels {
  using Step = typename Family::template Step<kIsInt4>;

  const Family& family;
  std::size_t groups, bytes;
  const std::byte* data;

  PackedPanels(const Family& kernels, const GemmU8S8S32Args& args)
      : family(kernels),
        groups((args.k + Family::kGroupRows - 1) / Family::kGroupRows),
        bytes(family.PanelHeadBytes() + groups * Step::kGroupBytes),
        data(static_cast<const std::byte*>(args.packed_b)) {}

  [[nodiscard]] TileColumns Columns(const std::byte* panel) const {
    return {panel + family.PanelHeadBytes(), bytes, 0};
  }
};

/// How far a product has come: the columns before `column` are done, `panel` has that one.
struct ColumnsDone {
  const std::byte* panel;
  std::size_t column;
};

/// The next kPanels panels for one row of A.
// (Sums that start at 0 are to be stored by this function, not by a call; so below.)
template <std::size_t kPanels, typename Panels, typename Epilogue>
[[gnu::always_inline, clang::no_builtin("memset")]] inline void MultiplyPanels(const Panels& b, const std::byte* a,
                                                                               std::size_t row, ColumnsDone& done,
                                                                               Epilogue& epilogue) {
  constexpr std::size_t kVectors = kPanels * 2;
  v128_t sums[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) sums[v] = b.family.Start(done.panel + v / 2 * b.bytes, v % 2);
  MultiplyTile<typename Panels::Step, 1, kVectors>(a, 0, b.Columns(done.panel), b.groups, sums);
  epilogue.Store({row, 1, done.column, kVectors, sums});
  done.panel += kPanels * b.bytes;
  done.column += kPanels * kTileColumns;
}

/// One row of A but for a last panel: as many at a time as are left, as their sums hide each other's latency.
template <typename Panels, typename Epilogue>
[[gnu::always_inline]] inline void MultiplyMostPanels(const Panels& b, const std::byte* a, std::size_t row,
                                                      std::size_t n, ColumnsDone& done, Epilogue& epilogue) {
  static_assert(kRowPanels == 4);
  while (done.column + 3 * kTileColumns < n) MultiplyPanels<4>(b, a, row, done, epilogue);
  while (done.column + kTileColumns < n) MultiplyPanels<2>(b, a, row, done, epilogue);
}

/// A product in blocks of rows: while a block of A and a panel of B stay in the nearest cache, B streams by once a block.
template <bool kIsInt4, typename Family, typename Epilogue>
[[gnu::noinline, clang::no_builtin("memset")]] void MultiplyBlocks(const Family& family, const GemmU8S8S32Args& args,
                                                                   Epilogue& epilogue) {
  using Panels = PackedPanels<Family, kIsInt4>;
  const Panels b(family, args);
  v128_t sums[kTileRows * 2];
  for (std::size_t first = 0; first < args.m; first += family.BlockRows()) {
    const std::size_t block = std::min(family.BlockRows(), args.m - first);
    const PreparedRows a = family.Prepare(args, first, block);
    ColumnsDone done{b.data, 0};
    if (block == 1) MultiplyMostPanels(b, a.data, first, args.n, done, epilogue);
    for (; done.column < args.n; done.column += kTileColumns, done.panel += b.bytes) {
      ForEachTile(block, [&](std::size_t row, std::size_t rows) {
        for (std::size_t v = 0; v < rows * 2; ++v) sums[v] = family.Start(done.panel, v % 2);
        MultiplyRows<typename Panels::Step>(rows, a.data + row * a.stride, a.stride, b.Columns(done.panel), b.groups,
                                            sums);
        epilogue.Store({first + row, rows, done.column, 2, sums});
      });
    }
    epilogue.FinishRows(first, block);
  }
}

template <typename Family, typename Epilogue>
void MultiplyInto(const Family& family, const GemmU8S8S32Args& args, Epilogue&& epilogue) {
  ALICE_DCHECK(family.BlockRows() <= DequantizeEpilogue::kMostRows);
  if (args.is_int4) {
    MultiplyBlocks<true>(family, args, epilogue);
  } else {
    MultiplyBlocks<false>(family, args, epilogue);
  }
}

/// The product of one row, with an epilogue that nothing else has the address of.
template <bool kIsInt4, typename Family>
[[gnu::noinline, clang::no_builtin("memset")]] void DequantizeRow(const Family& family, const GemmU8S8S32Args& args,
                                                                  const Dequantization& to) {
  const PackedPanels<Family, kIsInt4> b(family, args);
  const std::byte* a = family.Prepare(args, 0, 1).data;
  DequantizeRowEpilogue epilogue(to, args.n);
  ColumnsDone done{b.data, 0};
  MultiplyMostPanels(b, a, 0, args.n, done, epilogue);
  if (done.column < args.n) MultiplyPanels<1>(b, a, 0, done, epilogue);
  epilogue.FinishRows(0, 1);
}

template <typename Family>
[[gnu::noinline]] void DequantizeProduct(const Family& family, const GemmU8S8S32Args& args, const Dequantization& to) {
  if (!DequantizeRowEpilogue::Serves(to, args.m)) {
    MultiplyInto(family, args, DequantizeEpilogue(to, args.m, args.n));
  } else if (args.is_int4) {
    DequantizeRow<true>(family, args, to);
  } else {
    DequantizeRow<false>(family, args, to);
  }
}

}  // namespace alice

/// The entry points of a kernel that works in blocks.
#define ALICE_GEMM_U8S8S32_BY_BLOCKS(name, family)                               \
  void name::Sums(const GemmU8S8S32Args& args, const GemmSums& to) {             \
    MultiplyInto(family, args, SumsEpilogue(to.c, to.ldc, args.n));              \
  }                                                                              \
  void name::Dequantize(const GemmU8S8S32Args& args, const Dequantization& to) { \
    DequantizeProduct(family, args, to);                                         \
  }                                                                              \
  void name::Requantize(const GemmU8S8S32Args& args, const Requantization& to) { \
    MultiplyInto(family, args, RequantizeEpilogue(to, args.n));                  \
  }
