#pragma once

#include <array>
#include <cstddef>

#include "kernels/binary_f32/broadcast_plan.h"

namespace alice {

/// Calls row(a_offset, b_offset, y_offset) for each run of the plan's last axis, in the order of the result.
template <typename Row>
void ForEachRow(const BroadcastPlan& plan, const Row& row) {
  const std::size_t outer_rank = plan.rank - 1;
  const std::size_t row_size = plan.axes[outer_rank].size;
  std::array<std::size_t, kMaxRank> index{};
  std::size_t a_offset = 0;
  std::size_t b_offset = 0;
  for (std::size_t y_offset = 0; y_offset < plan.elements; y_offset += row_size) {
    row(a_offset, b_offset, y_offset);
    for (std::size_t axis = outer_rank; axis-- > 0;) {
      const BroadcastPlan::Axis& step = plan.axes[axis];
      a_offset += step.a_stride;
      b_offset += step.b_stride;
      if (++index[axis] < step.size) break;
      a_offset -= step.a_stride * step.size;
      b_offset -= step.b_stride * step.size;
      index[axis] = 0;
    }
  }
}

}  // namespace alice
