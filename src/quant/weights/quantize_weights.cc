#include "quant/weights/quantize_weights.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"
#include "kernels/quantize_s8/quantize_s8.h"
#include "numeric/fp8.h"
#include "numeric/int4.h"
#include "numeric/qparams.h"

namespace alice {
namespace {

/// Columns whose ranges are found together: rows are read in order, and the ranges stay in registers or cache.
constexpr std::size_t kTile = 64;

Fp8Format FormatOf(WeightType type) { return type == WeightType::fp8e4m3 ? Fp8Format::e4m3fn : Fp8Format::e5m2; }

/// Of weights in [min, max], which holds 0.
QParams ParamsOf(float min, float max, const WeightScheme& scheme) {
  const int bits = BitsOf(scheme.type);
  if (!scheme.symmetric) return AsymmetricSigned(min, max, bits);
  const float max_abs = std::max(-min, max);
  if (IsFp8(scheme.type)) return {ScaleToLimit(max_abs, Fp8Max(FormatOf(scheme.type))), 0};
  return {SymmetricScale(max_abs, bits), 0};
}

/// The ranges of up to kTile columns, each widened to hold 0.
struct TileRanges {
  std::array<float, kTile> min = {};
  std::array<float, kTile> max = {};

  /// Of `width` ≤ kTile columns over `rows` rows; w is the first row's first of them.
  TileRanges(const float* w, std::size_t rows, std::size_t n, std::size_t width) {
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < width; ++column) {
        const float x = w[row * n + column];
        min[column] = std::min(min[column], x);
        max[column] = std::max(max[column], x);
      }
    }
  }
};

void StoreParams(QParams params, const WeightScheme& scheme, std::size_t index, const QuantizedWeightsOut& out) {
  out.scales[index] = params.scale;
  if (!scheme.symmetric) out.zero_points[index] = static_cast<std::int8_t>(params.zero_point);
}

void FindParams(const float* w, std::size_t k, std::size_t n, const WeightScheme& scheme, const ScaleGrid& grid,
                const QuantizedWeightsOut& out) {
  const auto store = [&](std::size_t index, float min, float max) {
    StoreParams(ParamsOf(min, max, scheme), scheme, index, out);
  };
  const bool is_per_tensor = scheme.granularity == Granularity::per_tensor;
  float min = 0.0f;
  float max = 0.0f;
  for (std::size_t grid_row = 0; grid_row < grid.rows; ++grid_row) {
    const std::size_t first = grid_row * grid.group_rows;
    const std::size_t rows = std::min(grid.group_rows, k - first);
    for (std::size_t column = 0; column < n; column += kTile) {
      const std::size_t width = std::min(kTile, n - column);
      const TileRanges ranges(w + first * n + column, rows, n, width);
      for (std::size_t i = 0; i < width; ++i) {
        min = std::min(min, ranges.min[i]);
        max = std::max(max, ranges.max[i]);
        if (!is_per_tensor) store(grid_row * n + column + i, ranges.min[i], ranges.max[i]);
      }
    }
  }
  if (is_per_tensor) store(0, min, max);
}

/// Calls visit(index, parameters) for every weight, in row-major order. Pointers are passed and captured by value:
/// the compiler then knows that the codes, which are bytes, do not alias them, and can vectorize.
template <typename Visit>
void ForEachWeight(std::size_t k, std::size_t n, const ScaleGrid& grid, std::span<const float> scales,
                   std::span<const std::int8_t> zero_points, Visit visit) {
  const std::size_t step = grid.columns == 1 ? 0 : 1;
  for (std::size_t row = 0; row < k; ++row) {
    const std::size_t first = grid.IndexOf(row, 0);
    const float* scale = scales.data() + first;
    if (zero_points.empty()) {
      for (std::size_t column = 0; column < n; ++column) visit(row * n + column, QParams{scale[column * step], 0});
    } else {
      const std::int8_t* zero_point = zero_points.data() + first;
      for (std::size_t column = 0; column < n; ++column) {
        visit(row * n + column, QParams{scale[column * step], zero_point[column * step]});
      }
    }
  }
}

template <typename Spans>
void CheckSizes(const Spans& spans, std::size_t weights, std::size_t k, std::size_t n, const WeightScheme& scheme) {
  ALICE_CHECK(CheckScheme(scheme).ok());
  ALICE_CHECK(weights == k * n);
  ALICE_CHECK(spans.codes.size() == WeightCodeBytes(k, n, scheme));
  ALICE_CHECK(spans.scales.size() == ScaleGridOf(k, n, scheme).count());
  ALICE_CHECK(spans.zero_points.size() == WeightZeroPointCount(k, n, scheme));
}

}  // namespace

Status CheckWeights(std::span<const float> w) {
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (std::abs(w[i]) <= kMaxWeight) continue;
    return MakeError(ErrorCode::model_unsupported_type, "weight ", i, " is ", w[i],
                     ", and only finite weights of at most 2^126 can be quantized");
  }
  return {};
}

void QuantizeWeights(std::span<const float> w, std::size_t k, std::size_t n, const WeightScheme& scheme,
                     const QuantizedWeightsOut& out, std::span<const QuantRange> ranges) {
  CheckSizes(out, w.size(), k, n, scheme);
  const ScaleGrid grid = ScaleGridOf(k, n, scheme);
  ALICE_CHECK(ranges.empty() || ranges.size() == grid.count());
  if (ranges.empty()) {
    FindParams(w.data(), k, n, scheme, grid, out);
  } else {
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      const QParams params = ParamsOf(std::min(ranges[i].min, 0.0f), std::max(ranges[i].max, 0.0f), scheme);
      StoreParams(params, scheme, i, out);
    }
  }
  const auto for_each = [&](auto visit) { ForEachWeight(k, n, grid, out.scales, out.zero_points, visit); };
  const float* x = w.data();
  std::uint8_t* codes = out.codes.data();
  switch (scheme.type) {
    case WeightType::int8:
      if (scheme.symmetric && grid.columns == n) {
        const auto quantize = SelectQuantizeF32S8(BestIsa()).run;
        for (std::size_t row = 0; row < k; ++row) {
          quantize(x + row * n, n, out.scales.data() + grid.IndexOf(row, 0),
                   reinterpret_cast<std::int8_t*>(codes + row * n));
        }
        return;
      }
      if (scheme.symmetric) {
        return for_each([=](std::size_t i, const QParams& params) {
          codes[i] = static_cast<std::uint8_t>(QuantizeSymmetric(x[i], params.scale, 8));
        });
      }
      return for_each([=](std::size_t i, const QParams& params) {
        codes[i] = static_cast<std::uint8_t>(QuantizeSigned(x[i], params, 8));
      });
    case WeightType::int4:
      if (scheme.symmetric) {
        return for_each([=](std::size_t i, const QParams& params) {
          StoreInt4(codes, i, QuantizeSymmetric(x[i], params.scale, 4));
        });
      }
      return for_each(
          [=](std::size_t i, const QParams& params) { StoreInt4(codes, i, QuantizeSigned(x[i], params, 4)); });
    case WeightType::fp8e4m3:
    case WeightType::fp8e5m2:
      return for_each([=, format = FormatOf(scheme.type)](std::size_t i, const QParams& params) {
        codes[i] = EncodeFp8(x[i] / params.scale, format);
      });
  }
}

void DequantizeWeights(const QuantizedWeights& quantized, std::size_t k, std::size_t n, const WeightScheme& scheme,
                       std::span<float> w) {
  CheckSizes(quantized, w.size(), k, n, scheme);
  const ScaleGrid grid = ScaleGridOf(k, n, scheme);
  const auto for_each = [&](auto visit) { ForEachWeight(k, n, grid, quantized.scales, quantized.zero_points, visit); };
  const std::uint8_t* codes = quantized.codes.data();
  float* x = w.data();
  switch (scheme.type) {
    case WeightType::int8:
      return for_each([=](std::size_t i, const QParams& params) {
        x[i] = static_cast<float>(static_cast<std::int8_t>(codes[i]) - params.zero_point) * params.scale;
      });
    case WeightType::int4:
      return for_each([=](std::size_t i, const QParams& params) {
        x[i] = static_cast<float>(LoadInt4(codes, i) - params.zero_point) * params.scale;
      });
    case WeightType::fp8e4m3:
    case WeightType::fp8e5m2:
      return for_each([=, format = FormatOf(scheme.type)](std::size_t i, const QParams& params) {
        x[i] = DecodeFp8(codes[i], format) * params.scale;
      });
  }
}

}  // namespace alice
