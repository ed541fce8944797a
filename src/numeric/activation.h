#pragma once

#include <cstdint>
#include <limits>

#include "numeric/elementary.h"

namespace alice {

enum class ActivationKind : std::uint8_t {
#define ALICE_ACTIVATION(kind, formula) kind,
#include "numeric/activation.inc"
#undef ALICE_ACTIVATION
};

/// An element-wise activation and its parameters (ONNX Celu-12, Clip-13, Elu-6, Gelu-20, HardSigmoid-6, HardSwish-14,
/// LeakyRelu-16, Mish-18, Relu-14, Selu-6, Sigmoid-13, Softplus-1, Softsign-1, Tanh-13, ThresholdedRelu-10).
struct Activation {
  ActivationKind kind = ActivationKind::none;
  float alpha = 0.01f;                               ///< as the formula of the kind has it
  float low = std::numeric_limits<float>::lowest();  ///< clip
  float high = std::numeric_limits<float>::max();    ///< clip
  float beta = 0.0f;                                 ///< hard_sigmoid, selu

  friend bool operator==(const Activation&, const Activation&) = default;
};

/// The activation of one value, or of each lane of a vector of floats (V as in numeric/elementary.h).
template <ActivationKind kind, typename V>
V Activated(const Activation& activation, V x) {
  using enum ActivationKind;
  const V zero(0.0f);
  const V half(0.5f);
  const V one(1.0f);
  const V alpha(activation.alpha);
  const V beta(activation.beta);
  if constexpr (kind == celu) {
    return WhereBelow(x, zero, alpha * ExpMinus1(x / alpha), x);
  } else if constexpr (kind == clip) {
    return Clamped(x, V(activation.low), V(activation.high));
  } else if constexpr (kind == elu) {
    return WhereBelow(x, zero, alpha * ExpMinus1(x), x);
  } else if constexpr (kind == gelu) {
    constexpr float kSqrtHalf = 0x1.6a09e6p-1f;
    return half * x * (one + Erf(x * V(kSqrtHalf)));
  } else if constexpr (kind == gelu_tanh) {
    constexpr float kSqrt2OverPi = 0x1.988454p-1f;
    return half * x * (one + Tanh(V(kSqrt2OverPi) * (x + V(0.044715f) * x * x * x)));
  } else if constexpr (kind == hard_sigmoid) {
    return Clamped(alpha * x + beta, zero, one);
  } else if constexpr (kind == hard_swish) {
    return x * Clamped(x * V(1.0f / 6.0f) + half, zero, one);
  } else if constexpr (kind == leaky_relu) {
    return WhereBelow(x, zero, alpha * x, x);
  } else if constexpr (kind == mish) {
    // tanh(ln(1 + e)) = n / (n + 2) with n = e·(e + 2), which is 1 in float long before n could overflow.
    const V e = Exp(Clamped(x, V(std::numeric_limits<float>::lowest()), V(20.0f)));
    const V n = e * (e + V(2.0f));
    return x * (n / (n + V(2.0f)));
  } else if constexpr (kind == relu) {
    return Clamped(x, zero, V(std::numeric_limits<float>::infinity()));
  } else if constexpr (kind == selu) {
    return beta * WhereBelow(x, zero, alpha * ExpMinus1(x), x);
  } else if constexpr (kind == sigmoid) {
    return Sigmoid(x);
  } else if constexpr (kind == softplus) {
    return WhereBelow(x, zero, zero, x) + LogOf1Plus(Exp(zero - Absolute(x)));
  } else if constexpr (kind == softsign) {
    return x / (one + Absolute(x));
  } else if constexpr (kind == tanh) {
    return Tanh(x);
  } else if constexpr (kind == thresholded_relu) {
    return WhereBelow(alpha, x, x, zero);
  } else {
    static_assert(kind == none);
    return x;
  }
}

/// The activation of one value: the definition that every kernel is compared with.
float Apply(const Activation& activation, float x);

}  // namespace alice
