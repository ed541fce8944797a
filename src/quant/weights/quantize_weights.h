#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "quant/scheme.h"

namespace alice {

/// How the scales of weights [k, n] are laid out, row-major: [1, 1] per tensor, [1, n] per channel and
/// [ceil(k / group_size), n] per group, the last group being shorter where group_size does not divide k (the
/// blocked form of ONNX QuantizeLinear-21 along axis 0). The weight [row, column] has the scale IndexOf(row, column).
struct ScaleGrid {
  std::size_t rows;
  std::size_t columns;
  std::size_t group_rows;  ///< consecutive inputs that share a scale, at least 1

  [[nodiscard]] std::size_t count() const { return rows * columns; }
  [[nodiscard]] std::size_t IndexOf(std::size_t row, std::size_t column) const {
    return row / group_rows * columns + (columns == 1 ? 0 : column);
  }
};

/// The grid of weights [k, n] under `scheme`, which CheckScheme accepts.
ScaleGrid ScaleGridOf(std::size_t k, std::size_t n, const WeightScheme& scheme);

/// How many bytes the codes of weights [k, n] take: k · n, or half of it rounded up for int4.
std::size_t WeightCodeBytes(std::size_t k, std::size_t n, const WeightScheme& scheme);

/// How many zero points there are: one a scale, none for a symmetric scheme.
std::size_t WeightZeroPointCount(std::size_t k, std::size_t n, const WeightScheme& scheme);

/// Quantized weights [k, n] in the caller's memory: s8 or FP8 codes row-major, one a byte; int4 codes row-major,
/// two a byte without padding between rows (numeric/int4.h). Zero points are s8 for int4 codes too.
template <typename Byte, typename Scale, typename ZeroPoint>
struct WeightSpans {
  std::span<Byte> codes;             ///< WeightCodeBytes
  std::span<Scale> scales;           ///< ScaleGrid::count()
  std::span<ZeroPoint> zero_points;  ///< WeightZeroPointCount
};
using QuantizedWeights = WeightSpans<const std::uint8_t, const float, const std::int8_t>;
using QuantizedWeightsOut = WeightSpans<std::uint8_t, float, std::int8_t>;

/// The largest magnitude of a weight, 2^126: with it no scale, range or dequantized weight overflows.
inline constexpr float kMaxWeight = 0x1p126f;

/// Refuses weights that are not finite or beyond ±kMaxWeight. Error: model_unsupported_type.
Status CheckWeights(std::span<const float> w);

/// Quantizes w [k, n], row-major, to the nearest codes, ties to even. Over the weights that share a scale:
///
///   integer, symmetric    scale = max|w| / L,  q = clamp(rne(w / scale), ±L),  L = 2^(bits−1) − 1
///   integer, asymmetric   numeric/qparams.h, AsymmetricSigned: q = clamp(rne(w / scale) + zero_point, −L − 1, L)
///   FP8                   scale = max|w| / L,  q = EncodeFp8(w / scale),  L = 448 or 57344
///
/// Where all are zero the scale is 1. Inside the range, and where the scale is a normal float, a weight comes back
/// within scale / 2 (integers), or within 2^-4 (E4M3), 2^-3 (E5M2) of itself (FP8, for codes that are normal), but
/// for float rounding. Allocates nothing; the spans of `out` do not overlap w. Requires a scheme that CheckScheme
/// accepts, weights that CheckWeights accepts and spans of the sizes above.
void QuantizeWeights(std::span<const float> w, std::size_t k, std::size_t n, const WeightScheme& scheme,
                     const QuantizedWeightsOut& out);

/// The float weights that `quantized` stands for: (q − zero_point) · scale, or DecodeFp8(q) · scale, rounded once.
/// Takes every code, also those that QuantizeWeights never gives. Requires what QuantizeWeights requires.
void DequantizeWeights(const QuantizedWeights& quantized, std::size_t k, std::size_t n, const WeightScheme& scheme,
                       std::span<float> w);

}  // namespace alice
