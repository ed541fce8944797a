#include "kernels/binary_f32/binary_f32.h"

#if ALICE_HAS_SIMD128
#include "kernels/activation_f32/activation_f32.h"
#include "kernels/binary_f32/combined.h"
#include "kernels/binary_f32/for_each_row.h"
#include "kernels/f32x4.h"

namespace alice {
namespace {

/// Four values of an operand, or one value four times.
template <bool repeats>
F32x4 Load(const float* x, std::size_t i, std::size_t lanes) {
  if constexpr (repeats) return F32x4(wasm_v128_load32_splat(x));
  return F32x4(LoadLanes(x + i, lanes));
}

template <BinaryOp op, bool a_repeats, bool b_repeats>
void RunRows(const BroadcastPlan& plan, const float* a, const float* b, float* y) {
  const std::size_t n = plan.axes[plan.rank - 1].size;
  ForEachRow(plan, [&](std::size_t a_offset, std::size_t b_offset, std::size_t y_offset) {
    const float* a_row = a + a_offset;
    const float* b_row = b + b_offset;
    float* y_row = y + y_offset;
    for (std::size_t i = 0; i < n; i += 4) {
      const std::size_t lanes = n - i;
      const F32x4 value = Combined<op>(Load<a_repeats>(a_row, i, lanes), Load<b_repeats>(b_row, i, lanes));
      StoreLanes(y_row + i, value.lanes, lanes);
    }
  });
}

template <BinaryOp op>
void Run(const BroadcastPlan& plan, const float* a, const float* b, float* y) {
  const BroadcastPlan::Axis inner = plan.axes[plan.rank - 1];
  if (inner.a_stride == 0) {
    RunRows<op, true, false>(plan, a, b, y);
  } else if (inner.b_stride == 0) {
    RunRows<op, false, true>(plan, a, b, y);
  } else {
    RunRows<op, false, false>(plan, a, b, y);
  }
}

}  // namespace

void BinaryF32_x4_Simd128(BinaryOp op, const BroadcastPlan& plan, const float* a, const float* b,
                          const Activation& activation, float* y) {
  switch (op) {
#define ALICE_BINARY_OP(name, kind, expression) \
  case BinaryOp::name:                          \
    Run<BinaryOp::name>(plan, a, b, y);         \
    break;
#include "kernels/binary_f32/binary_op.inc"
#undef ALICE_BINARY_OP
  }
  if (activation.kind != ActivationKind::none) ActivationF32_x4_Simd128(activation, y, plan.elements, y);
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
