#pragma once

#include <cstddef>

#include "backends/cpu/matmul_plan.h"
#include "kernels/binary_f32/for_each_row.h"

namespace alice {

/// Calls product(a, b, y) with the indices of the matrices of each product of the plan, in the order of the result.
template <typename Product>
void ForEachProduct(const MatMulPlan& plan, const Product& product) {
  const BroadcastPlan::Axis inner = plan.batches.axes[plan.batches.rank - 1];
  ForEachRow(plan.batches, [&](std::size_t a, std::size_t b, std::size_t y) {
    for (std::size_t i = 0; i < inner.size; ++i) product(a + i * inner.a_stride, b + i * inner.b_stride, y + i);
  });
}

}  // namespace alice
