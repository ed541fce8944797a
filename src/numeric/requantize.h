#pragma once

#include <cstdint>
#include <limits>

#include "numeric/rounding.h"

namespace alice {

/// clamp(rne(accumulator · multiplier) + zero_point) to the range of Code (u8 or s8), the accumulator rounded to f32
/// first: the last step of ONNX QLinearMatMul-10, as ONNX Runtime takes it. Requires a zero point that is a Code.
template <typename Code>
Code Requantize(std::int32_t accumulator, float multiplier, std::int32_t zero_point) {
  const std::int32_t low = std::int32_t{std::numeric_limits<Code>::min()} - zero_point;
  const std::int32_t high = std::int32_t{std::numeric_limits<Code>::max()} - zero_point;
  return static_cast<Code>(RoundClamp(static_cast<float>(accumulator) * multiplier, low, high) + zero_point);
}

}  // namespace alice
