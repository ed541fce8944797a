#pragma once

#include <array>
#include <cstddef>

#include "tensor/shape.h"

namespace alice {

/// How two tensors broadcast against each other (ONNX multidirectional broadcasting), with neighbouring axes
/// that behave alike merged into one: equal shapes and a scalar operand become one axis, a row vector two.
struct BroadcastPlan {
  struct Axis {
    std::size_t size;
    std::size_t a_stride, b_stride;  ///< in elements; 0 where the operand repeats
  };
  std::array<Axis, kMaxRank> axes;  ///< outermost first; in the last one the strides are 0 or 1
  std::size_t rank;                 ///< ≥ 1
  std::size_t elements;             ///< of the result
};

/// The plan for operands of shapes a and b. Requires shapes that broadcast: axes, aligned at the end, are
/// equal or 1.
BroadcastPlan MakeBroadcastPlan(const Shape& a, const Shape& b);

}  // namespace alice
