#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "numeric/qparams.h"
#include "numeric/scheme.h"

namespace alice {

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
/// With `ranges`, one for each scale in its order, max|w| is that of the range and weights outside of it clip. Where all
/// are zero the scale is 1. Inside the range, and where the scale is a normal float, a weight comes back
/// within scale / 2 (integers), or within 2^-4 (E4M3), 2^-3 (E5M2) of itself (FP8, for codes that are normal), but
/// for float rounding. Allocates nothing; the spans of `out` do not overlap w. Requires a scheme that CheckScheme
/// accepts, weights that CheckWeights accepts and spans of the sizes above.
void QuantizeWeights(std::span<const float> w, std::size_t k, std::size_t n, const WeightScheme& scheme,
                     const QuantizedWeightsOut& out, std::span<const QuantRange> ranges = {});

/// The float weights that `quantized` stands for: (q − zero_point) · scale, or DecodeFp8(q) · scale, rounded once.
/// Takes every code, also those that QuantizeWeights never gives. Requires what QuantizeWeights requires.
void DequantizeWeights(const QuantizedWeights& quantized, std::size_t k, std::size_t n, const WeightScheme& scheme,
                       std::span<float> w);

}  // namespace alice
