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
  const v128_t bytes = wasm_u8x16_narrow_i16x8(words, words);
  if (lanes >= 4) [[likely]] {
    wasm_v128_store32_lane(target, bytes, 0);
    return;
  }
  const std::int32_t few = wasm_i32x4_extract_lane(bytes, 0);
  std::memcpy(target, &few, lanes);
}

/// The range of some values, lane by lane.
struct LaneRange {
  v128_t min = wasm_f32x4_splat(std::numeric_limits<float>::infinity());
  v128_t max = wasm_f32x4_splat(-std::numeric_limits<float>::infinity());

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

  [[nodiscard]] MinMax OfAllLanes() const {
    v128_t low = wasm_f32x4_pmin(min, wasm_i32x4_shuffle(min, min, 2, 3, 0, 1));
    v128_t high = wasm_f32x4_pmax(max, wasm_i32x4_shuffle(max, max, 2, 3, 0, 1));
    low = wasm_f32x4_pmin(low, wasm_i32x4_shuffle(low, low, 1, 0, 3, 2));
    high = wasm_f32x4_pmax(high, wasm_i32x4_shuffle(high, high, 1, 0, 3, 2));
    return {wasm_f32x4_extract_lane(low, 0), wasm_f32x4_extract_lane(high, 0)};
  }
};

inline void WidenRange(MinMax& range, MinMax own) {
  range = {std::min(range.min, own.min), std::max(range.max, own.max)};
}

// What a product kernel does with its sums. The tiles of a block of rows come in any order, then FinishRows says that the
// block is complete; a block is at most kMostRows adjacent rows. What stores a tile is compiled once for all kernels, not
// into each.

/// Dequantization of dequantize_gemm.h.
class DequantizeEpilogue {
 public:
  static constexpr std::size_t kMostRows = 32;

  /// For a product [m, n].
  DequantizeEpilogue(const Dequantization& to, std::size_t m, std::size_t n)
      : to_(to), n_(n), bounds_(ClampBoundsOf(to.activation)) {
    if (to_.ranges == nullptr) return;
    std::fill_n(ranges_.begin(), std::min(m, kMostRows), LaneRange{});
  }

  void Store(const SumsTile& tile) {
    const bool is_whole = tile.vectors == 2 && tile.column + 8 <= n_;
    if (is_whole && to_.weight_zero_points == nullptr && !to_.accumulate) return StoreWhole(tile);
    StoreAny(tile);
  }

  void FinishRows(std::size_t first, std::size_t rows) {
    if (bounds_.complete && to_.ranges == nullptr) return;
    for (std::size_t row = first; row < first + rows; ++row) {
      float* y = to_.y + row * to_.ldy;
      if (!bounds_.complete) ActivationF32_x4_Simd128(to_.activation, y, n_, y);
      if (to_.ranges == nullptr) continue;
      MinMax& range = to_.ranges[row < to_.rows_per_range ? 0 : row / to_.rows_per_range];
      LaneRange& own = ranges_[row % kMostRows];
      WidenRange(range, bounds_.complete ? own.OfAllLanes() : MinMaxF32_x16_Simd128(y, n_));
      own = {};
    }
  }

 private:
  /// The parameters of A's row. (A division costs as much as the rest of it.)
  static const QParams& QParamsOf(const Dequantization& to, std::size_t row) {
    return to.a_qparams[row < to.rows_per_group ? 0 : to.rows_per_group == 1 ? row : row / to.rows_per_group];
  }

  /// Both vectors of symmetric weights, row after row.
  void StoreWhole(const SumsTile& tile) {
    // Copies, which no store can alias.
    const Dequantization to = to_;
    const std::size_t c = tile.column;
    const v128_t low = wasm_f32x4_splat(bounds_.low);
    const v128_t high = wasm_f32x4_splat(bounds_.high);
    const v128_t column_sums[2] = {wasm_v128_load(to.column_sums + c), wasm_v128_load(to.column_sums + c + 4)};
    const v128_t weight_scales[2] = {wasm_v128_load(to.weight_scales + c), wasm_v128_load(to.weight_scales + c + 4)};
    v128_t bias[2] = {};
    if (to.bias != nullptr) {
      bias[0] = wasm_v128_load(to.bias + c);
      bias[1] = wasm_v128_load(to.bias + c + 4);
    }
    v128_t correction[2], factor[2];
    const auto take = [&](const QParams& q) {
      for (std::size_t v = 0; v < 2; ++v) {
        correction[v] = wasm_i32x4_mul(wasm_i32x4_splat(q.zero_point), column_sums[v]);
        factor[v] = wasm_f32x4_mul(wasm_f32x4_splat(q.scale), weight_scales[v]);
      }
    };
    const bool is_one_group = tile.row + tile.rows <= to.rows_per_group;
    if (is_one_group) take(to.a_qparams[0]);
    const v128_t* sums = tile.sums;
    float* y = to.y + tile.row * to.ldy + c;
    for (std::size_t row = tile.row; row < tile.row + tile.rows; ++row, sums += 2, y += to.ldy) {
      if (!is_one_group) take(QParamsOf(to, row));
      v128_t values[2];
      for (std::size_t v = 0; v < 2; ++v) {
        values[v] = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(wasm_i32x4_sub(sums[v], correction[v])), factor[v]);
        if (to.bias != nullptr) values[v] = wasm_f32x4_add(values[v], bias[v]);
        values[v] = Clamp(values[v], low, high);
        wasm_v128_store(y + v * 4, values[v]);
      }
      if (to.ranges == nullptr) continue;
      LaneRange& range = ranges_[row % kMostRows];
      LaneRange own = range;
      own.Widen(values[0], 4);
      own.Widen(values[1], 4);
      range = own;
    }
  }

  [[gnu::noinline]] void StoreAny(const SumsTile& tile) {
    const Dequantization to = to_;
    const v128_t low = wasm_f32x4_splat(bounds_.low);
    const v128_t high = wasm_f32x4_splat(bounds_.high);
    for (std::size_t v = 0; v < tile.vectors; ++v) {
      const std::size_t c = tile.column + v * 4;
      if (c >= n_) break;
      const std::size_t lanes = std::min<std::size_t>(n_ - c, 4);
      const v128_t column_sums = LoadLanes(to.column_sums + c, lanes);
      const v128_t weight_scales = LoadLanes(to.weight_scales + c, lanes);
      for (std::size_t r = 0; r < tile.rows; ++r) {
        const std::size_t row = tile.row + r;
        const QParams& q = QParamsOf(to, row);
        v128_t sum = tile.sums[r * tile.vectors + v];
        sum = wasm_i32x4_sub(sum, wasm_i32x4_mul(wasm_i32x4_splat(q.zero_point), column_sums));
        if (to.weight_zero_points != nullptr) {
          const v128_t zero_points = LoadBytesAsI32(to.weight_zero_points + c, lanes);
          sum = wasm_i32x4_sub(sum, wasm_i32x4_mul(wasm_i32x4_splat(to.row_sums[row]), zero_points));
        }
        const v128_t factor = wasm_f32x4_mul(wasm_f32x4_splat(q.scale), weight_scales);
        v128_t value = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sum), factor);
        float* y = to.y + row * to.ldy + c;
        if (to.accumulate) value = wasm_f32x4_add(value, LoadLanes(y, lanes));
        if (to.bias != nullptr) value = wasm_f32x4_add(value, LoadLanes(to.bias + c, lanes));
        value = Clamp(value, low, high);
        StoreLanes(y, value, lanes);
        if (to.ranges != nullptr) ranges_[row % kMostRows].Widen(value, lanes);
      }
    }
  }

  const Dequantization& to_;
  std::size_t n_;
  ClampBounds bounds_;
  // Of the rows of the block, at their number modulo kMostRows. What was not set is not read.
  std::array<LaneRange, kMostRows> ranges_;
};

/// The same for a product of one row with symmetric weights that adds to nothing: what it needs stays in registers.
class DequantizeRowEpilogue {
 public:
  /// Whether it can do that.
  static bool Serves(const Dequantization& to, std::size_t m) {
    return m == 1 && to.weight_zero_points == nullptr && !to.accumulate;
  }

  DequantizeRowEpilogue(const Dequantization& to, std::size_t n)
      : to_(to),
        column_sums_(to.column_sums),
        weight_scales_(to.weight_scales),
        bias_(to.bias),
        y_(to.y),
        n_(n),
        bounds_(ClampBoundsOf(to.activation)),
        zero_point_(wasm_i32x4_splat(to.a_qparams->zero_point)),
        scale_(wasm_f32x4_splat(to.a_qparams->scale)) {}

  [[gnu::always_inline]] void Store(const SumsTile& tile) {
    for (std::size_t v = 0; v < tile.vectors; ++v) {
      const std::size_t c = tile.column + v * 4;
      if (c + 4 <= n_) {
        v128_t value = Scaled(tile.sums[v], wasm_i32x4_mul(zero_point_, wasm_v128_load(column_sums_ + c)),
                              wasm_f32x4_mul(scale_, wasm_v128_load(weight_scales_ + c)));
        if (bias_ != nullptr) value = wasm_f32x4_add(value, wasm_v128_load(bias_ + c));
        value = Clamp(value, wasm_f32x4_splat(bounds_.low), wasm_f32x4_splat(bounds_.high));
        wasm_v128_store(y_ + c, value);
        range_.Widen(value, 4);
      } else if (c < n_) {
        range_.Widen(StoreFew(to_, bounds_.low, bounds_.high, c, tile.sums[v], n_ - c), n_ - c);
      }
    }
  }

  void FinishRows(std::size_t /*first*/, std::size_t /*rows*/) {
    if (!bounds_.complete) ActivationF32_x4_Simd128(to_.activation, y_, n_, y_);
    if (to_.ranges == nullptr) return;
    WidenRange(*to_.ranges, bounds_.complete ? range_.OfAllLanes() : MinMaxF32_x16_Simd128(y_, n_));
  }

 private:
  static v128_t Scaled(v128_t sum, v128_t correction, v128_t factor) {
    return wasm_f32x4_mul(wasm_f32x4_convert_i32x4(wasm_i32x4_sub(sum, correction)), factor);
  }

  /// The last columns, fewer than a vector has: their values. (One function for all places where they may be.)
  [[gnu::noinline]] static v128_t StoreFew(const Dequantization& to, float low, float high, std::size_t c, v128_t sum,
                                           std::size_t lanes) {
    const v128_t zero_point = wasm_i32x4_splat(to.a_qparams->zero_point);
    const v128_t scale = wasm_f32x4_splat(to.a_qparams->scale);
    v128_t value = Scaled(sum, wasm_i32x4_mul(zero_point, LoadLanes(to.column_sums + c, lanes)),
                          wasm_f32x4_mul(scale, LoadLanes(to.weight_scales + c, lanes)));
    if (to.bias != nullptr) value = wasm_f32x4_add(value, LoadLanes(to.bias + c, lanes));
    value = Clamp(value, wasm_f32x4_splat(low), wasm_f32x4_splat(high));
    StoreLanes(to.y + c, value, lanes);
    return value;
  }

  // Nothing else has the address of what follows, so that it can stay in registers.
  const Dequantization& to_;
  const std::int32_t* const column_sums_;
  const float* const weight_scales_;
  const float* const bias_;
  float* const y_;
  const std::size_t n_;
  const ClampBounds bounds_;
  const v128_t zero_point_, scale_;
  LaneRange range_;
};

/// Requantization of dequantize_gemm.h.
class RequantizeEpilogue {
 public:
  RequantizeEpilogue(const Requantization& to, std::size_t n) : to_(to), n_(n) {}

  void Store(const SumsTile& tile) {
    const bool is_whole = tile.vectors == 2 && tile.column + 8 <= n_;
    if (!is_whole || to_.weight_zero_points != nullptr) return StoreAny(tile);
    return to_.is_bounded ? StoreWhole<true>(tile) : StoreWhole<false>(tile);
  }

  void FinishRows(std::size_t /*first*/, std::size_t /*rows*/) {}

 private:
  /// Both vectors of symmetric weights, row after row.
  template <bool kIsBounded>
  void StoreWhole(const SumsTile& tile) {
    // Copies, which no store can alias.
    const Requantization to = to_;
    const v128_t zero_point = wasm_i16x8_splat(static_cast<std::int16_t>(to.zero_point));
    const v128_t low = wasm_f32x4_splat(static_cast<float>(to.low - to.zero_point));
    const v128_t high = wasm_f32x4_splat(static_cast<float>(to.high - to.zero_point));
    const v128_t low_code = wasm_i8x16_splat(static_cast<std::int8_t>(to.low));
    const v128_t high_code = wasm_i8x16_splat(static_cast<std::int8_t>(to.high));
    const std::size_t c = tile.column;
    const v128_t offsets[2] = {wasm_v128_load(to.offsets + c), wasm_v128_load(to.offsets + c + 4)};
    const v128_t multipliers[2] = {wasm_v128_load(to.multipliers + c), wasm_v128_load(to.multipliers + c + 4)};
    const v128_t* sums = tile.sums;
    std::uint8_t* codes = to.codes + tile.row * to.ld_codes + c;
    for (std::size_t r = 0; r < tile.rows; ++r, sums += 2, codes += to.ld_codes) {
      v128_t rounded[2];
      for (std::size_t v = 0; v < 2; ++v) {
        const v128_t sum = wasm_i32x4_add(sums[v], offsets[v]);
        v128_t scaled = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sum), multipliers[v]);
        // In this order of operands pmax gives `low` for a NaN, as RoundClamp does.
        if (!kIsBounded) scaled = wasm_f32x4_pmin(wasm_f32x4_pmax(low, scaled), high);
        rounded[v] = RoundHalfEven(scaled);
      }
      const v128_t words = wasm_i16x8_add_sat(wasm_i16x8_narrow_i32x4(rounded[0], rounded[1]), zero_point);
      v128_t bytes = wasm_u8x16_narrow_i16x8(words, words);
      if (kIsBounded) bytes = wasm_u8x16_min(wasm_u8x16_max(bytes, low_code), high_code);
      wasm_v128_store64_lane(codes, bytes, 0);
    }
  }

  [[gnu::noinline]] void StoreAny(const SumsTile& tile) {
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

  const Requantization& to_;
  std::size_t n_;
};

/// The sums themselves, into c [m, n], row stride ldc.
class SumsEpilogue {
 public:
  SumsEpilogue(std::int32_t* c, std::size_t ldc, std::size_t n) : c_(c), ldc_(ldc), n_(n) {}

  [[gnu::noinline]] void Store(const SumsTile& tile) {
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
