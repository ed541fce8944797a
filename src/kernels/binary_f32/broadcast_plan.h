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

  /// The plan for `count` of what lies along the outermost axis.
  [[nodiscard]] BroadcastPlan Part(std::size_t count) const {
    BroadcastPlan part = *this;
    part.axes[0].size = count;
    part.elements = elements / axes[0].size * count;
    return part;
  }
};

/// The shape that a and b broadcast to. Requires shapes that do: axes, aligned at the end, are equal or 1. So do the others.
Shape BroadcastShape(const Shape& a, const Shape& b);
/// The plan for operands of shapes a and b.
BroadcastPlan MakeBroadcastPlan(const Shape& a, const Shape& b);
/// The plan for a result that others may have made larger: where neither operand has an axis of it, both repeat.
BroadcastPlan MakeBroadcastPlan(const Shape& a, const Shape& b, const Shape& result);

}  // namespace alice
