#pragma once

#include <cstdint>

namespace alice {

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

/// rne(x / scale) + zero_point, clamped to [0, 255] (ONNX QuantizeLinear-10, y of type uint8).
std::uint8_t QuantizeU8(float x, QParams qparams);

/// The scale of a symmetric signed quantization of `bits` bits: max_abs / (2^(bits−1) − 1); 1 where max_abs
/// is 0. Requires max_abs ≥ 0 and finite, 2 ≤ bits ≤ 8.
float SymmetricScale(float max_abs, int bits);

/// clamp(rne(x / scale), ±(2^(bits−1) − 1)): the lowest code (−128 for 8 bits) is never used.
std::int8_t QuantizeSymmetric(float x, float scale, int bits);

}  // namespace alice
