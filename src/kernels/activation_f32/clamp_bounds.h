#pragma once

#include <limits>

#include "numeric/activation.h"

namespace alice {

/// `none`, `relu` and `clip` are one clamp, min(max(x, low), high): a kernel fuses them without a branch.
struct ClampBounds {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  bool complete = true;  ///< false: the activation is still to be applied (the bounds then change nothing)
};

inline ClampBounds ClampBoundsOf(const Activation& activation) {
  ClampBounds bounds;
  if (activation.kind == ActivationKind::relu) {
    bounds.low = 0.0f;
  } else if (activation.kind == ActivationKind::clip) {
    bounds.low = activation.low;
    bounds.high = activation.high;
  } else if (activation.kind != ActivationKind::none) {
    bounds.complete = false;
  }
  return bounds;
}

}  // namespace alice
