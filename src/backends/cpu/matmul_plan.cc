#include "backends/cpu/matmul_plan.h"

namespace alice {
namespace {

std::size_t Size(std::int64_t size) { return static_cast<std::size_t>(size); }

/// All axes of a matrix before its last two.
Shape BatchOf(const Shape& shape) { return shape.rank() <= 2 ? Shape() : Shape(shape.dims().first(shape.rank() - 2)); }

}  // namespace

MatMulPlan MakeMatMulPlan(const Shape& a, const Shape& b) {
  MatMulPlan plan;
  plan.k = Size(a[a.rank() - 1]);
  plan.n = b.rank() == 1 ? 1 : Size(b[b.rank() - 1]);
  if (b.rank() <= 2) {
    plan.m = Size(a.Product(0, a.rank() - 1));
    plan.batches = MakeBroadcastPlan({}, {});
  } else {
    plan.m = a.rank() == 1 ? 1 : Size(a[a.rank() - 2]);
    plan.batches = MakeBroadcastPlan(BatchOf(a), BatchOf(b));
  }
  return plan;
}

}  // namespace alice
