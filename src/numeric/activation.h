#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "numeric/elementary.h"

namespace alice {

enum class ActivationKind : std::uint8_t {
#define ALICE_ACTIVATION(kind, formula) kind,
#include "numeric/activation.inc"
#undef ALICE_ACTIVATION
};

/// An element-wise activation and its parameters (ONNX Relu-14, LeakyRelu-16, Clip-13, Sigmoid-13, Tanh-13).
struct Activation {
  ActivationKind kind = ActivationKind::none;
  float alpha = 0.01f;                               ///< leaky_relu: slope below 0
  float low = std::numeric_limits<float>::lowest();  ///< clip
  float high = std::numeric_limits<float>::max();    ///< clip

  friend bool operator==(const Activation&, const Activation&) = default;
};

/// The activation of one value: the definition that every kernel is compared with.
inline float Apply(const Activation& activation, float x) {
  switch (activation.kind) {
    case ActivationKind::none:
      return x;
    case ActivationKind::relu:
      return std::max(x, 0.0f);
    case ActivationKind::leaky_relu:
      return x < 0.0f ? activation.alpha * x : x;
    case ActivationKind::clip:
      return std::min(std::max(x, activation.low), activation.high);
    case ActivationKind::sigmoid:
      return Sigmoid(x);
    case ActivationKind::tanh:
      return Tanh(x);
  }
  return x;
}

}  // namespace alice
