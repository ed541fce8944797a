#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/activation_f32/activation_f32.h"
#include "kernels/activation_f32/clamp_bounds.h"
#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/product_tile.h"

namespace alice {

/// The product of tiles whose Step adds a float's worth of products (product_tile.h): Step::kGroupBytes is 0, as B, unless it
/// is packed, is read where it lies or, given enough rows, from copies of pieces of it.
template <typename Step>
class GemmF32Blocks {
 public:
  static void Run(const GemmF32Args& args) {
    if (args.ldb == kPackedF32) return RunPanels(args);
    const GemmF32Blocks blocks(args);
    if (args.m < (args.ldb < kLongRow ? kPackRows : kLongRowPackRows)) {
      blocks.RunDirect();
    } else {
      blocks.RunCopied();
    }
    blocks.Activate();
  }

 private:
  /// The least rows that a copy of B is worth it for: its own rows being short, and long.
  static constexpr std::size_t kPackRows = 16;
  static constexpr std::size_t kLongRowPackRows = 8;
  /// Of packed B, panels that are read side by side for a tile; and rows so few that all of k is summed at once.
  static constexpr std::size_t kPanelsAtOnce = 2;
  static constexpr std::size_t kFewRows = 2 * kTileRows;
  static constexpr std::size_t kPackedChunk = 512;
  /// The piece of B that is copied: kChunk × kPackedColumns.
  static constexpr std::size_t kChunk = 256;
  static constexpr std::size_t kPackedColumns = 4 * kTileColumns;
  /// Rows for which a piece is copied: of A, what they have of a chunk stays in the second-level cache.
  static constexpr std::size_t kBlockRows = 64 * kTileRows;
  /// B is read where it lies in parts of so many rows, where its rows are that long: more would each be on a page of
  /// their own.
  static constexpr std::size_t kLongRow = 512;
  static constexpr std::size_t kLongRowChunk = 32;
  static constexpr std::size_t kMostVectors = kTileRows * 2;

  /// Some rows and columns of C, and the part of k that is summed.
  struct Piece {
    std::size_t row, rows;
    std::size_t column, vectors;
    std::size_t first, length;
  };

  explicit GemmF32Blocks(const GemmF32Args& args) : args_(args), bounds_(ClampBoundsOf(args.activation)) {}

  void RunDirect() const {
    const std::size_t chunk = args_.ldb >= kLongRow ? kLongRowChunk : args_.k;
    for (std::size_t first = 0; first < args_.k; first += chunk) RunDirect(first, std::min(chunk, args_.k - first));
  }

  void RunDirect(std::size_t first, std::size_t length) const {
    const std::size_t n = args_.n;
    std::size_t column = 0;
    const auto columns = [&](std::size_t panel) {
      return Columns(args_.b + first * args_.ldb + column, panel, args_.ldb);
    };
    if (args_.m == 1) {
      for (; column + kRowPanels * kTileColumns <= n; column += kRowPanels * kTileColumns) {
        Multiply<1, kRowPanels * 2>({0, 1, column, kRowPanels * 2, first, length}, columns(kTileColumns));
      }
    }
    for (; column + 4 < n; column += kTileColumns) {
      ForEachTile(args_.m, [&](std::size_t row, std::size_t rows) {
        Multiply({row, rows, column, 2, first, length}, columns(0));
      });
    }
    if (column >= n) return;
    // A whole panel would reach too far behind B.
    for (std::size_t row = 0; row < args_.m; ++row) Multiply<1, 1>({row, 1, column, 1, first, length}, columns(0));
  }

  /// B packed: what remains behind its whole panels is a narrow matrix as it lies.
  static void RunPanels(const GemmF32Args& args) {
    const std::size_t rest = args.n % kTileColumns;
    GemmF32Args whole = args;
    whole.n -= rest;
    if (whole.n > 0) {
      const GemmF32Blocks blocks(whole);
      blocks.RunPanels();
      blocks.Activate();
    }
    if (rest == 0) return;
    GemmF32Args narrow = args;
    narrow.n = narrow.ldb = rest;
    narrow.b += whole.n * args.k;
    if (narrow.bias != nullptr) narrow.bias += whole.n;
    narrow.c += whole.n;
    Run(narrow);
  }

  void RunPanels() const {
    if (args_.m <= kFewRows) return RunPanels(0, args_.m, 0, args_.k);
    for (std::size_t row = 0; row < args_.m; row += kBlockRows) {
      for (std::size_t first = 0; first < args_.k; first += kPackedChunk) {
        RunPanels(row, std::min(kBlockRows, args_.m - row), first, std::min(kPackedChunk, args_.k - first));
      }
    }
  }

  /// Some rows and a part of k, for all panels.
  void RunPanels(std::size_t row, std::size_t rows, std::size_t first, std::size_t length) const {
    const std::size_t panel = args_.k * kTileColumns;
    const float* b = args_.b + first * kTileColumns;
    std::size_t column = 0;
    if (rows == 1) {
      for (; column + kRowPanels * kTileColumns <= args_.n; column += kRowPanels * kTileColumns) {
        Multiply<1, kRowPanels * 2>({row, 1, column, kRowPanels * 2, first, length},
                                    Columns(b + column * args_.k, panel, kTileColumns));
      }
    }
    for (; column < args_.n; column += kPanelsAtOnce * kTileColumns) {
      const std::size_t end = std::min(column + kPanelsAtOnce * kTileColumns, args_.n);
      ForEachTile(rows, [&](std::size_t tile, std::size_t tile_rows) {
        for (std::size_t c = column; c < end; c += kTileColumns) {
          Multiply({row + tile, tile_rows, c, 2, first, length}, Columns(b + c * args_.k, 0, kTileColumns));
        }
      });
    }
  }

  void RunCopied() const {
    alignas(16) float packed[kChunk * kPackedColumns];
    for (std::size_t row = 0; row < args_.m; row += kBlockRows) {
      const std::size_t rows = std::min(kBlockRows, args_.m - row);
      for (std::size_t first = 0; first < args_.k; first += kChunk) {
        const std::size_t length = std::min(kChunk, args_.k - first);
        for (std::size_t column = 0; column < args_.n; column += kPackedColumns) {
          Copy(column, first, length, packed);
          MultiplyBlock({row, rows, column, 0, first, length}, packed);
        }
      }
    }
  }

  void MultiplyBlock(const Piece& block, const float* packed) const {
    ForEachTile(block.rows, [&](std::size_t row, std::size_t rows) {
      Piece tile = block;
      tile.row += row;
      tile.rows = rows;
      tile.vectors = 2;
      for (std::size_t c = 0; c < kPackedColumns && block.column + c < args_.n; c += kTileColumns) {
        tile.column = block.column + c;
        Multiply(tile, Columns(packed + c, 0, kPackedColumns));
      }
    });
  }

  void Copy(std::size_t column, std::size_t first, std::size_t length, float* packed) const {
    const std::size_t columns = std::min(kPackedColumns, args_.n - column);
    const float* b = args_.b + first * args_.ldb + column;
    for (std::size_t i = 0; i < length; ++i, b += args_.ldb, packed += kPackedColumns) {
      if (columns < kPackedColumns) {
        std::fill_n(std::copy_n(b, columns, packed), kPackedColumns - columns, 0.0f);
        continue;
      }
      for (std::size_t c = 0; c < kPackedColumns; c += 4) wasm_v128_store(packed + c, wasm_v128_load(b + c));
    }
  }

  void Multiply(const Piece& piece, const TileColumns& columns) const {
    v128_t sums[kMostVectors];
    Load(piece, sums);
    MultiplyRows<Step>(piece.rows, RowsOf(piece), args_.lda * sizeof(float), columns, piece.length, sums);
    Store(piece, sums);
  }

  template <std::size_t kRows, std::size_t kVectors>
  void Multiply(const Piece& piece, const TileColumns& columns) const {
    v128_t sums[kRows * kVectors];
    Load(piece, sums);
    MultiplyTile<Step, kRows, kVectors>(RowsOf(piece), args_.lda * sizeof(float), columns, piece.length, sums);
    Store(piece, sums);
  }

  [[nodiscard]] const std::byte* RowsOf(const Piece& piece) const {
    return reinterpret_cast<const std::byte*>(args_.a + piece.row * args_.lda + piece.first);
  }

  void Activate() const {
    if (bounds_.complete) return;
    for (std::size_t row = 0; row < args_.m; ++row) {
      float* c = args_.c + row * args_.ldc;
      ActivationF32_x4_Simd128(args_.activation, c, args_.n, c);
    }
  }

  /// What earlier parts of k have summed is in C. (Sums that start at 0 are to be stored here, not by a call.)
  [[clang::no_builtin("memset")]] void Load(const Piece& piece, v128_t* sums) const {
    if (piece.first == 0) {
      for (std::size_t i = 0; i < piece.rows * piece.vectors; ++i) sums[i] = wasm_f32x4_splat(0.0f);
      return;
    }
    for (std::size_t r = 0; r < piece.rows; ++r) {
      const float* c = args_.c + (piece.row + r) * args_.ldc;
      for (std::size_t v = 0; v < piece.vectors; ++v) {
        const std::size_t column = piece.column + v * 4;
        if (column < args_.n) sums[r * piece.vectors + v] = LoadLanes(c + column, args_.n - column);
      }
    }
  }

  void Store(const Piece& piece, const v128_t* sums) const {
    const bool is_last = piece.first + piece.length == args_.k;
    const v128_t low = wasm_f32x4_splat(bounds_.low);
    const v128_t high = wasm_f32x4_splat(bounds_.high);
    const float* const bias = is_last ? args_.bias : nullptr;
    for (std::size_t v = 0; v < piece.vectors; ++v) {
      const std::size_t column = piece.column + v * 4;
      if (column >= args_.n) return;
      const std::size_t lanes = args_.n - column;
      const v128_t biases = bias == nullptr ? wasm_f32x4_splat(0.0f) : LoadLanes(bias + column, lanes);
      for (std::size_t r = 0; r < piece.rows; ++r) {
        v128_t value = sums[r * piece.vectors + v];
        if (bias != nullptr) value = wasm_f32x4_add(value, biases);
        if (is_last) value = Clamp(value, low, high);
        StoreLanes(args_.c + (piece.row + r) * args_.ldc + column, value, lanes);
      }
    }
  }

  static TileColumns Columns(const float* b, std::size_t panel, std::size_t stride) {
    return {reinterpret_cast<const std::byte*>(b), panel * sizeof(float), stride * sizeof(float)};
  }

  const GemmF32Args& args_;
  const ClampBounds bounds_;
};

}  // namespace alice
