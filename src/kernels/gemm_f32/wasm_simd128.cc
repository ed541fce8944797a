#include "kernels/gemm_f32/gemm_f32.h"

#if ALICE_HAS_SIMD128
#include <algorithm>

#include "kernels/activation_f32/activation_f32.h"
#include "kernels/activation_f32/clamp_bounds.h"
#include "kernels/simd128.h"

namespace alice {
namespace {

constexpr std::size_t kRows = 4;
constexpr std::size_t kColumns = 8;
/// From this many rows on, a piece of B of kChunk × kColumns is first copied to where its rows are adjacent.
constexpr std::size_t kPackRows = 8;
constexpr std::size_t kChunk = 256;

/// A piece of the reduction, [first, first + length) of k, for some columns of B.
struct Piece {
  std::size_t first, length;
  const float* b;  ///< row `first`
  std::size_t b_stride;
  std::size_t column, columns;
};

/// How many columns are left from a vector of the piece on.
std::size_t Lanes(const Piece& piece, std::size_t vector) { return piece.columns - vector * 4; }

/// rows × (vectors · 4) outputs, or the first piece.columns of them. What earlier pieces have summed is in c.
template <std::size_t rows, std::size_t vectors>
void RunTile(const GemmF32Args& args, const Piece& piece, std::size_t row) {
  float* c = args.c + row * args.ldc + piece.column;
  const std::size_t used = (piece.columns + 3) / 4;
  v128_t sums[rows][vectors];
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t v = 0; v < vectors; ++v) {
      const bool resumed = piece.first > 0 && v < used;
      sums[r][v] = resumed ? LoadLanes(c + r * args.ldc + v * 4, Lanes(piece, v)) : wasm_f32x4_splat(0.0f);
    }
  }

  const float* a = args.a + row * args.lda + piece.first;
  const float* b = piece.b;
  for (std::size_t i = 0; i < piece.length; ++i, b += piece.b_stride) {
    v128_t b_row[vectors];
    for (std::size_t v = 0; v < vectors; ++v) b_row[v] = wasm_v128_load(b + v * 4);
    for (std::size_t r = 0; r < rows; ++r) {
      const v128_t a_value = wasm_v128_load32_splat(a + r * args.lda + i);
      for (std::size_t v = 0; v < vectors; ++v) {
        sums[r][v] = wasm_f32x4_add(sums[r][v], wasm_f32x4_mul(a_value, b_row[v]));
      }
    }
  }

  const bool last = piece.first + piece.length == args.k;
  const ClampBounds bounds = last ? ClampBoundsOf(args.activation) : ClampBounds{};
  const v128_t low = wasm_f32x4_splat(bounds.low);
  const v128_t high = wasm_f32x4_splat(bounds.high);
  for (std::size_t v = 0; v < vectors && v < used; ++v) {
    const std::size_t lanes = Lanes(piece, v);
    const bool biased = last && args.bias != nullptr;
    const v128_t bias = biased ? LoadLanes(args.bias + piece.column + v * 4, lanes) : wasm_f32x4_splat(0.0f);
    for (std::size_t r = 0; r < rows; ++r) {
      const v128_t value = biased ? wasm_f32x4_add(sums[r][v], bias) : sums[r][v];
      StoreLanes(c + r * args.ldc + v * 4, Clamp(value, low, high), lanes);
    }
  }
}

template <std::size_t vectors>
void RunRows(const GemmF32Args& args, const Piece& piece) {
  std::size_t row = 0;
  for (; row + kRows <= args.m; row += kRows) RunTile<kRows, vectors>(args, piece, row);
  switch (args.m - row) {
    case 3:
      return RunTile<3, vectors>(args, piece, row);
    case 2:
      return RunTile<2, vectors>(args, piece, row);
    case 1:
      return RunTile<1, vectors>(args, piece, row);
    default:
      return;
  }
}

/// Few rows: B is read where it lies.
void RunDirect(const GemmF32Args& args) {
  std::size_t column = 0;
  const auto piece = [&](std::size_t columns) {
    return Piece{0, args.k, args.b + column, args.ldb, column, std::min(columns, args.n - column)};
  };
  if (args.m == 1) {
    // A single row: wide enough to hide the latency of the additions.
    for (; column + 4 * kColumns <= args.n; column += 4 * kColumns) RunTile<1, 8>(args, piece(4 * kColumns), 0);
  }
  for (; column + 4 < args.n; column += kColumns) RunRows<2>(args, piece(kColumns));
  if (column < args.n) RunRows<1>(args, piece(4));  // reads at most 12 bytes behind B
}

void RunPacked(const GemmF32Args& args) {
  alignas(16) float panel[kChunk * kColumns];
  for (std::size_t column = 0; column < args.n; column += kColumns) {
    const std::size_t columns = std::min(kColumns, args.n - column);
    for (std::size_t first = 0; first < args.k; first += kChunk) {
      const std::size_t length = std::min(kChunk, args.k - first);
      for (std::size_t i = 0; i < length; ++i) {
        float* row = std::copy_n(args.b + (first + i) * args.ldb + column, columns, panel + i * kColumns);
        std::fill_n(row, kColumns - columns, 0.0f);
      }
      RunRows<2>(args, {first, length, panel, kColumns, column, columns});
    }
  }
}

}  // namespace

void GemmF32_4x8_Simd128(const GemmF32Args& args) {
  if (args.m < kPackRows) {
    RunDirect(args);
  } else {
    RunPacked(args);
  }
  if (ClampBoundsOf(args.activation).complete) return;
  for (std::size_t row = 0; row < args.m; ++row) {
    float* c = args.c + row * args.ldc;
    ActivationF32_x4_Simd128(args.activation, c, args.n, c);
  }
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
