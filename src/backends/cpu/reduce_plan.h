#pragma once

#include <array>
#include <cstddef>

#include "ir/attributes.h"

namespace alice {

/// The axes of x, those of size 1 left out and neighbours that share a fate made one; there is always one at least.
struct ReducePlan {
  struct Axis {
    std::size_t size, y_stride;  ///< stride 0: reduced
  };
  std::array<Axis, kMaxRank> axes{};
  std::size_t rank = 0;
  std::size_t x_elements = 0;
  std::size_t y_elements = 0;

  [[nodiscard]] const Axis& inner() const { return axes[rank - 1]; }
  /// How many elements of x make one of y; 0 where there are none.
  [[nodiscard]] std::size_t count() const { return y_elements == 0 ? 0 : x_elements / y_elements; }
};

inline ReducePlan PlanReduction(const Shape& x, const AxisSet& reduced) {
  ReducePlan plan;
  plan.x_elements = static_cast<std::size_t>(x.elements());
  bool last_reduced = false;
  for (std::size_t axis = 0; axis < x.rank(); ++axis) {
    const auto size = static_cast<std::size_t>(x[axis]);
    if (size == 1) continue;
    if (plan.rank > 0 && last_reduced == reduced[axis]) {
      plan.axes[plan.rank - 1].size *= size;
    } else {
      last_reduced = reduced[axis];
      plan.axes[plan.rank++] = {size, last_reduced ? std::size_t{0} : std::size_t{1}};
    }
  }
  if (plan.rank == 0) plan.axes[plan.rank++] = {1, 1};
  plan.y_elements = 1;
  for (std::size_t axis = plan.rank; axis-- > 0;) {
    if (plan.axes[axis].y_stride == 0) continue;
    plan.axes[axis].y_stride = plan.y_elements;
    plan.y_elements *= plan.axes[axis].size;
  }
  return plan;
}

/// Calls stretch(x offset, y offset) for every stretch of the innermost axis, in their order in x.
template <typename Stretch>
void ForEachStretch(const ReducePlan& plan, const Stretch& stretch) {
  std::array<std::size_t, kMaxRank> index{};
  std::size_t y = 0;
  for (std::size_t x = 0; x < plan.x_elements; x += plan.inner().size) {
    stretch(x, y);
    for (std::size_t axis = plan.rank - 1; axis-- > 0;) {
      y += plan.axes[axis].y_stride;
      if (++index[axis] < plan.axes[axis].size) break;
      y -= plan.axes[axis].size * plan.axes[axis].y_stride;
      index[axis] = 0;
    }
  }
}

}  // namespace alice
