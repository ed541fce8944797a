#include "kernels/binary_f32/broadcast_plan.h"

#include <algorithm>

namespace alice {
namespace {

std::size_t DimFromEnd(const Shape& shape, std::size_t from_end) {
  return from_end < shape.rank() ? static_cast<std::size_t>(shape[shape.rank() - 1 - from_end]) : 1;
}

}  // namespace

Shape BroadcastShape(const Shape& a, const Shape& b) {
  Shape shape;
  for (std::size_t i = std::max(a.rank(), b.rank()); i-- > 0;) {
    const std::size_t a_dim = DimFromEnd(a, i);
    shape.Append(static_cast<std::int64_t>(a_dim == 1 ? DimFromEnd(b, i) : a_dim));
  }
  return shape;
}

BroadcastPlan MakeBroadcastPlan(const Shape& a, const Shape& b) {
  return MakeBroadcastPlan(a, b, BroadcastShape(a, b));
}

BroadcastPlan MakeBroadcastPlan(const Shape& a, const Shape& b, const Shape& result) {
  BroadcastPlan plan{};
  plan.elements = 1;
  std::size_t a_elements = 1;
  std::size_t b_elements = 1;
  // Innermost first; reversed at the end.
  for (std::size_t i = 0; i < result.rank(); ++i) {
    const std::size_t a_dim = DimFromEnd(a, i);
    const std::size_t b_dim = DimFromEnd(b, i);
    const std::size_t size = DimFromEnd(result, i);
    ALICE_DCHECK((a_dim == size || a_dim == 1) && (b_dim == size || b_dim == 1));
    plan.elements *= size;
    if (size == 1) continue;
    const BroadcastPlan::Axis axis{size, a_dim == 1 ? 0 : a_elements, b_dim == 1 ? 0 : b_elements};
    a_elements *= a_dim;
    b_elements *= b_dim;
    if (plan.rank > 0) {
      BroadcastPlan::Axis& inner = plan.axes[plan.rank - 1];
      if ((inner.a_stride == 0) == (axis.a_stride == 0) && (inner.b_stride == 0) == (axis.b_stride == 0)) {
        inner.size *= size;
        continue;
      }
    }
    plan.axes[plan.rank++] = axis;
  }
  if (plan.rank == 0) plan.axes[plan.rank++] = {1, 1, 1};
  std::reverse(plan.axes.begin(), plan.axes.begin() + static_cast<std::ptrdiff_t>(plan.rank));
  return plan;
}

}  // namespace alice
