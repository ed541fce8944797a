#include "kernels/transpose/transpose.h"

#if ALICE_HAS_SIMD128
#include <algorithm>

#include "kernels/simd128.h"

namespace alice {
namespace {

/// Columns that are moved before the next rows are: what is read of a row is a cache line.
constexpr std::size_t kStrip = 16;

/// The first, or last, two of four lanes of a and b in turns: a0 b0 a1 b1, or a2 b2 a3 b3.
v128_t FirstInTurns(v128_t a, v128_t b) { return wasm_i32x4_shuffle(a, b, 0, 4, 1, 5); }
v128_t LastInTurns(v128_t a, v128_t b) { return wasm_i32x4_shuffle(a, b, 2, 6, 3, 7); }

/// [4, 4] at x to [4, 4] at y.
void Move4x4(const float* x, std::size_t ldx, float* y, std::size_t ldy) {
  const v128_t row0 = wasm_v128_load(x), row1 = wasm_v128_load(x + ldx);
  const v128_t row2 = wasm_v128_load(x + 2 * ldx), row3 = wasm_v128_load(x + 3 * ldx);
  const v128_t a = FirstInTurns(row0, row2), b = FirstInTurns(row1, row3);
  const v128_t c = LastInTurns(row0, row2), d = LastInTurns(row1, row3);
  wasm_v128_store(y, FirstInTurns(a, b));
  wasm_v128_store(y + ldy, LastInTurns(a, b));
  wasm_v128_store(y + 2 * ldy, FirstInTurns(c, d));
  wasm_v128_store(y + 3 * ldy, LastInTurns(c, d));
}

/// Columns of three rows, as many as there are four of together; gives how many. An image's channels are three.
std::size_t MoveThreeRows(const TransposeF32Args& args) {
  const float *const a = args.x, *const b = a + args.ldx, *const c = b + args.ldx;
  std::size_t col = 0;
  for (float* y = args.y; col + 4 <= args.cols; col += 4, y += 12) {
    const v128_t first = wasm_v128_load(a + col), second = wasm_v128_load(b + col), third = wasm_v128_load(c + col);
    const v128_t ab = FirstInTurns(first, second);
    wasm_v128_store(y, wasm_i32x4_shuffle(wasm_i32x4_shuffle(ab, third, 0, 1, 4, 4), first, 0, 1, 2, 5));
    const v128_t bc = wasm_i32x4_shuffle(second, third, 1, 5, 2, 6);  // b1 c1 b2 c2
    wasm_v128_store(y + 4, wasm_i32x4_shuffle(bc, first, 0, 1, 6, 2));
    const v128_t last = wasm_i32x4_shuffle(third, first, 2, 7, 3, 3);  // c2 a3 c3 c3
    wasm_v128_store(y + 8, wasm_i32x4_shuffle(last, second, 0, 1, 7, 2));
  }
  return col;
}

/// Columns from `first` on of rows from `first_row` on, one by one.
void MoveRest(const TransposeF32Args& args, std::size_t first_row, std::size_t first, std::size_t end) {
  for (std::size_t row = first_row; row < args.rows; ++row) {
    for (std::size_t col = first; col < end; ++col) args.y[col * args.rows + row] = args.x[row * args.ldx + col];
  }
}

}  // namespace

void TransposeF32_4x4_Simd128(const TransposeF32Args& args) {
  const auto [rows, cols, x, ldx, y] = args;
  if (rows == 3) return MoveRest(args, 0, MoveThreeRows(args), cols);
  const std::size_t whole_rows = rows / 4 * 4;
  const std::size_t whole_cols = cols / 4 * 4;
  for (std::size_t strip = 0; strip < whole_cols; strip += kStrip) {
    const std::size_t end = std::min(strip + kStrip, whole_cols);
    for (std::size_t row = 0; row < whole_rows; row += 4) {
      for (std::size_t col = strip; col < end; col += 4) Move4x4(x + row * ldx + col, ldx, y + col * rows + row, rows);
    }
    MoveRest(args, whole_rows, strip, end);
  }
  MoveRest(args, 0, whole_cols, cols);
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
