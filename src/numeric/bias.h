#pragma once

#include <cstdint>
#include <optional>

namespace alice {

/// The code of a bias in steps of the scale of the products that it is added to: rne(bias / scale); nothing where that is
/// beyond int32. Of static layers the bias is rounded so, as ONNX's quantizers store it and its runtimes add it to integer
/// sums. Requires scale > 0.
std::optional<std::int32_t> BiasCode(float bias, float scale);

/// What a code stands for: DequantizeLinear-13 of int32.
inline float BiasOf(std::int32_t code, float scale) { return static_cast<float>(code) * scale; }

}  // namespace alice
