#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <limits>

#include "kernels/activation_f32/activation_f32.h"
#include "kernels/activation_f32/clamp_bounds.h"
#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "kernels/simd128.h"

namespace alice {

/// Sums of some rows and adjacent columns of a product, row after row of `vectors` vectors; the last ones may reach beyond
/// the n columns that there are.
struct SumsTile {
  std::size_t row, rows, column, vectors;
  const v128_t* sums;
};

/// The first `lanes` (4 at most count) of the s8 at `source`, as i32x4.
inline v128_t LoadBytesAsI32(const std::int8_t* source, std::size_t lanes) {
  std::int32_t wide[4] = {};
  std::copy_n(source, std::min<std::size_t>(lanes, 4), wide);
  return wasm_v128_load(wide);
}

/// The first `lanes` (4 at most count) of four codes in i32x4, as bytes.
inline void StoreCodes(std::uint8_t* target, v128_t codes, std::size_t lanes) {
  const v128_t words = wasm_i16x8_narrow_i32x4(codes, codes);
  const std::int32_t bytes = wasm_i32x4_extract_lane(wasm_u8x16_narrow_i16x8(words, words), 0);
  std::memcpy(target, &bytes, std::min<std::size_t>(lanes, sizeof bytes));
}

// What a product kernel does with its sums. The tiles of a block of rows come in any order, then FinishRows says that the
// block is complete; a block is at most kMostRows adjacent rows.

/// Dequantization of dequantize_gemm.h.
class DequantizeEpilogue {
 public:
  static constexpr std::size_t kMostRows = 32;

  /// For a product [m, n].
  DequantizeEpilogue(const Dequantization& to, std::size_t m, std::size_t n)
      : to_(to), n_(n), bounds_(ClampBoundsOf(to.activation)) {
    if (to_.ranges == nullptr) return;
    for (std::size_t slot = 0; slot < std::min(m, kMostRows); ++slot) Reset(slot);
  }

  void Store(const SumsTile& tile) {
    const bool is_whole = tile.column + tile.vectors * 4 <= n_;
    if (tile.rows == 1) {
      is_whole ? StoreRows<1, true>(tile) : StoreRows<1, false>(tile);
    } else {
      is_whole ? StoreRows<0, true>(tile) : StoreRows<0, false>(tile);
    }
  }

  void FinishRows(std::size_t first, std::size_t rows) {
    if (bounds_.complete && to_.ranges == nullptr) return;
    for (std::size_t row = first; row < first + rows; ++row) {
      float* y = to_.y + row * to_.ldy;
      if (!bounds_.complete) ActivationF32_x4_Simd128(to_.activation, y, n_, y);
      if (to_.ranges == nullptr) continue;
      MinMax& range = to_.ranges[row < to_.rows_per_range ? 0 : row / to_.rows_per_range];
      const MinMax own = bounds_.complete ? RangeOf(row % kMostRows) : MinMaxF32_x16_Simd128(y, n_);
      range = {std::min(range.min, own.min), std::max(range.max, own.max)};
      Reset(row % kMostRows);
    }
  }

 private:
  /// Lane by lane.
  struct Range {
    v128_t min, max;

    void Widen(v128_t value, std::size_t lanes) {
      if (lanes < 4) [[unlikely]] {
        // Lanes beyond the row repeat the first one.
        const v128_t beyond =
            wasm_i32x4_ge(wasm_i32x4_make(0, 1, 2, 3), wasm_i32x4_splat(static_cast<std::int32_t>(lanes)));
        value = wasm_v128_bitselect(wasm_i32x4_shuffle(value, value, 0, 0, 0, 0), value, beyond);
      }
      min = wasm_f32x4_pmin(min, value);  // a NaN leaves the first operand
      max = wasm_f32x4_pmax(max, value);
    }
  };

  /// A tile of kRows rows, or of any number where that is 0; with kIsWhole all of its columns are there.
  template <std::size_t kRows, bool kIsWhole>
  void StoreRows(const SumsTile& tile) {
    // Copies, which no store can alias.
    const Dequantization to = to_;
    const std::size_t n = n_;
    const std::size_t rows = kRows > 0 ? kRows : tile.rows;
    const v128_t low = wasm_f32x4_splat(bounds_.low);
    const v128_t high = wasm_f32x4_splat(bounds_.high);
    const bool finds_ranges = to.ranges != nullptr;
    // Divisions cost as much as the rest of a row here.
    const bool is_first_group = tile.row + rows <= to.rows_per_group;
    const bool is_one_group = kRows == 1 || is_first_group;
    const QParams* const group = to.a_qparams + (is_first_group           ? 0
                                                 : to.rows_per_group == 1 ? tile.row
                                                                          : tile.row / to.rows_per_group);
    // The range of a single row stays in registers.
    Range own{};
    if (kRows == 1 && finds_ranges) own = ranges_[tile.row % kMostRows];
    for (std::size_t v = 0; v < tile.vectors; ++v) {
      const std::size_t c = tile.column + v * 4;
      if (!kIsWhole && c >= n) break;
      const std::size_t lanes = kIsWhole ? 4 : n - c;
      const v128_t column_sums = LoadLanes(to.column_sums + c, lanes);
      const v128_t weight_scales = LoadLanes(to.weight_scales + c, lanes);
      const v128_t bias = to.bias == nullptr ? wasm_f32x4_splat(0.0f) : LoadLanes(to.bias + c, lanes);
      v128_t correction, factor;
      const auto take_group = [&](const QParams& q) {
        correction = wasm_i32x4_mul(wasm_i32x4_splat(q.zero_point), column_sums);
        factor = wasm_f32x4_mul(wasm_f32x4_splat(q.scale), weight_scales);
      };
      if (is_one_group) take_group(*group);
      for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t row = tile.row + r;
        if (!is_one_group) take_group(to.a_qparams[to.rows_per_group == 1 ? row : row / to.rows_per_group]);
        v128_t sum = wasm_i32x4_sub(tile.sums[r * tile.vectors + v], correction);
        if (to.weight_zero_points != nullptr) {
          const v128_t zero_points = LoadBytesAsI32(to.weight_zero_points + c, lanes);
          sum = wasm_i32x4_sub(sum, wasm_i32x4_mul(wasm_i32x4_splat(to.row_sums[row]), zero_points));
        }
        v128_t value = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sum), factor);
        float* y = to.y + row * to.ldy + c;
        if (to.accumulate) value = wasm_f32x4_add(value, LoadLanes(y, lanes));
        if (to.bias != nullptr) value = wasm_f32x4_add(value, bias);
        value = Clamp(value, low, high);
        StoreLanes(y, value, lanes);
        if (!finds_ranges) continue;
        if constexpr (kRows == 1) {
          own.Widen(value, lanes);
        } else {
          ranges_[row % kMostRows].Widen(value, lanes);
        }
      }
    }
    if (kRows == 1 && finds_ranges) ranges_[tile.row % kMostRows] = own;
  }

  void Reset(std::size_t slot) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    ranges_[slot] = {wasm_f32x4_splat(kInfinity), wasm_f32x4_splat(-kInfinity)};
  }

  [[nodiscard]] MinMax RangeOf(std::size_t slot) const {
    auto [min, max] = ranges_[slot];
    min = wasm_f32x4_pmin(min, wasm_i32x4_shuffle(min, min, 2, 3, 0, 1));
    max = wasm_f32x4_pmax(max, wasm_i32x4_shuffle(max, max, 2, 3, 0, 1));
    min = wasm_f32x4_pmin(min, wasm_i32x4_shuffle(min, min, 1, 0, 3, 2));
    max = wasm_f32x4_pmax(max, wasm_i32x4_shuffle(max, max, 1, 0, 3, 2));
    return {wasm_f32x4_extract_lane(min, 0), wasm_f32x4_extract_lane(max, 0)};
  }

  const Dequantization& to_;
  std::size_t n_;
  ClampBounds bounds_;
  // Of the rows of the block, at their number modulo kMostRows. What was not set is not read.
  std::array<Range, kMostRows> ranges_;
};

/// Requantization of dequantize_gemm.h.
class RequantizeEpilogue {
 public:
  RequantizeEpilogue(const Requantization& to, std::size_t n) : to_(to), n_(n) {}

  void Store(const SumsTile& tile) {
    // Copies, which no store can alias.
    const Requantization to = to_;
    const std::size_t n = n_;
    const v128_t low = wasm_f32x4_splat(static_cast<float>(to.low - to.zero_point));
    const v128_t high = wasm_f32x4_splat(static_cast<float>(to.high - to.zero_point));
    const v128_t zero_point = wasm_i32x4_splat(to.zero_point);
    for (std::size_t v = 0; v < tile.vectors; ++v) {
      const std::size_t c = tile.column + v * 4;
      if (c >= n) return;
      const std::size_t lanes = n - c;
      const v128_t offsets = LoadLanes(to.offsets + c, lanes);
      const v128_t multipliers = LoadLanes(to.multipliers + c, lanes);
      for (std::size_t r = 0; r < tile.rows; ++r) {
        v128_t sum = wasm_i32x4_add(tile.sums[r * tile.vectors + v], offsets);
        if (to.weight_zero_points != nullptr) {
          const v128_t zero_points = LoadBytesAsI32(to.weight_zero_points + c, lanes);
          sum = wasm_i32x4_sub(sum, wasm_i32x4_mul(wasm_i32x4_splat(to.row_sums[tile.row + r]), zero_points));
        }
        const v128_t scaled = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sum), multipliers);
        // In this order of operands pmax gives `low` for a NaN, as RoundClamp does.
        const v128_t clamped = wasm_f32x4_pmin(wasm_f32x4_pmax(low, scaled), high);
        std::uint8_t* codes = to.codes + (tile.row + r) * to.ld_codes + c;
        StoreCodes(codes, wasm_i32x4_add(RoundHalfEven(clamped), zero_point), lanes);
      }
    }
  }

  void FinishRows(std::size_t /*first*/, std::size_t /*rows*/) {}

 private:
  const Requantization& to_;
  std::size_t n_;
};

/// The sums themselves, into c [m, n], row stride ldc.
class SumsEpilogue {
 public:
  SumsEpilogue(std::int32_t* c, std::size_t ldc, std::size_t n) : c_(c), ldc_(ldc), n_(n) {}

  void Store(const SumsTile& tile) {
    for (std::size_t r = 0; r < tile.rows; ++r) {
      std::int32_t* c = c_ + (tile.row + r) * ldc_;
      for (std::size_t v = 0; v < tile.vectors; ++v) {
        const std::size_t column = tile.column + v * 4;
        if (column < n_) StoreLanes(c + column, tile.sums[r * tile.vectors + v], n_ - column);
      }
    }
  }

  void FinishRows(std::size_t /*first*/, std::size_t /*rows*/) {}

 private:
  std::int32_t* c_;
  std::size_t ldc_, n_;
};

}  // namespace alice
