#pragma once

#include <cstdint>

namespace alice {

/// The two 8-bit floats of "FP8 Formats for Deep Learning" (Micikevicius et al. 2022, section 3, table 1),
/// named as in ONNX. From the high bit: sign S, exponent field E, mantissa M of m bits.
///
///   value = (−1)^S · 2^(E − bias) · (1 + M / 2^m)   for E > 0
///   value = (−1)^S · 2^(1 − bias) · (M / 2^m)       for E = 0 (subnormal; S.0…0 is ±0)
///
///            m  bias  largest       smallest normal  smallest  infinity  NaN
///   e4m3fn   3  7     448 (0x7E)    2^-6             2^-9      –         S.1111.111
///   e5m2     2  15    57344 (0x7B)  2^-14            2^-16     S.7C      S.7D, S.7E, S.7F
enum class Fp8Format : std::uint8_t { e4m3fn, e5m2 };

/// The largest finite value: 448 or 57344.
constexpr float Fp8Max(Fp8Format format) { return format == Fp8Format::e4m3fn ? 448.0f : 57344.0f; }

/// The code nearest to x, ties to the even code, saturating (ONNX Cast-19 with saturate = 1): what is beyond
/// the largest finite value, infinities included, becomes it. The sign is kept, that of −0 and of a NaN too;
/// every NaN becomes S.7F.
std::uint8_t EncodeFp8(float x, Fp8Format format);

/// The value of `code`, exactly.
float DecodeFp8(std::uint8_t code, Fp8Format format);

}  // namespace alice
