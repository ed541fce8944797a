#include "kernels/binary_f32/combined.h"
#include "kernels/binary_f32/for_each_row.h"

namespace alice {
namespace {

float ApplyOp(BinaryOp op, float a, float b) {
  switch (op) {
#define ALICE_BINARY_OP(name, kind, expression) \
  case BinaryOp::name:                          \
    return Combined<BinaryOp::name>(a, b);
#include "kernels/binary_f32/binary_op.inc"
#undef ALICE_BINARY_OP
  }
  return 0.0f;
}

}  // namespace

void BinaryF32_Reference(BinaryOp op, const BroadcastPlan& plan, const float* a, const float* b,
                         const Activation& activation, float* y) {
  const BroadcastPlan::Axis inner = plan.axes[plan.rank - 1];
  ForEachRow(plan, [&](std::size_t a_offset, std::size_t b_offset, std::size_t y_offset) {
    for (std::size_t i = 0; i < inner.size; ++i) {
      const float value = ApplyOp(op, a[a_offset + i * inner.a_stride], b[b_offset + i * inner.b_stride]);
      y[y_offset + i] = Apply(activation, value);
    }
  });
}

}  // namespace alice
