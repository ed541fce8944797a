#pragma once

#include <cstdint>

namespace alice {

/// The values that a quantizer is to represent, before it widens them to hold 0.
struct QuantRange {
  float min = 0.0f;
  float max = 0.0f;

  friend bool operator==(const QuantRange&, const QuantRange&) = default;
};

/// Affine quantization of a real x: q = clamp(rne(x / scale) + zero_point), x ≈ (q − zero_point) · scale.
struct QParams {
  float scale = 1.0f;
  std::int32_t zero_point = 0;

  friend bool operator==(const QParams&, const QParams&) = default;
};

/// Quantization to u8 of values in [min, max]. The range is widened to hold 0.
///
///   scale = (max − min) / 255,  zero_point = clamp(rne(−min / scale), 0, 255)
///
/// A zero range gives scale 1, zero point 0. Equal to ONNX DynamicQuantizeLinear-11 bit for bit.
/// Requires finite min ≤ max.
QParams AsymmetricU8(float min, float max);

/// Symmetric quantization of values in [−max_abs, max_abs] as u8 codes: s8 codes with the offset 128.
///
///   scale = max_abs / 127,  zero_point = 128
///
/// max_abs = 0 gives scale 1. Requires max_abs ≥ 0 and finite.
QParams SymmetricU8(float max_abs);

/// rne(x / scale) + zero_point, clamped to [0, 255] (ONNX QuantizeLinear-10, y of type uint8).
std::uint8_t QuantizeU8(float x, QParams qparams);

/// Quantization to signed integers of `bits` bits of values in [min, max]: AsymmetricU8 with 2^bits − 1 steps in
/// place of 255, shifted down by 2^(bits−1).
///
///   scale = (max − min) / (2^bits − 1),  zero_point = clamp(rne(−min / scale), 0, 2^bits − 1) − 2^(bits−1)
///
/// The range is widened to hold 0; a zero range gives scale 1, zero point 0. Requires finite min ≤ max whose
/// difference is finite, 2 ≤ bits ≤ 8.
QParams AsymmetricSigned(float min, float max, int bits);

/// rne(x / scale) + zero_point, clamped to [−2^(bits−1), 2^(bits−1) − 1].
std::int8_t QuantizeSigned(float x, QParams qparams, int bits);

/// The scale that maps max_abs to the code `limit`: max_abs / limit; 1 where that is 0. Requires max_abs ≥ 0 and
/// finite, limit ≥ 1.
float ScaleToLimit(float max_abs, float limit);

/// The scale of a symmetric signed quantization of `bits` bits: max_abs / (2^(bits−1) − 1); 1 where max_abs
/// is 0. Requires max_abs ≥ 0 and finite, 2 ≤ bits ≤ 8.
float SymmetricScale(float max_abs, int bits);

/// clamp(rne(x / scale), ±(2^(bits−1) − 1)): the lowest code (−128 for 8 bits) is never used.
std::int8_t QuantizeSymmetric(float x, float scale, int bits);

}  // namespace alice
