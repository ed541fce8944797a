#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/binary_f32/broadcast_plan.h"
#include "kernels/kernel.h"
#include "numeric/activation.h"

namespace alice {

enum class BinaryOp : std::uint8_t {
#define ALICE_BINARY_OP(name, kind, expression) name,
#include "kernels/binary_f32/binary_op.inc"
#undef ALICE_BINARY_OP
};

/// y = act(a op b), element by element with broadcasting, as binary_op.inc and numeric/elementary.h say. y holds
/// plan.elements; it may be an operand that has the result's shape. Requires in the plan's last axis an operand that does not
/// repeat.
using BinaryF32Kernel = Kernel<void(BinaryOp op, const BroadcastPlan& plan, const float* a, const float* b,
                                    const Activation& activation, float* y)>;

std::span<const BinaryF32Kernel> AllBinaryF32();
const BinaryF32Kernel& SelectBinaryF32(Isa isa);

#define ALICE_KERNEL(name, isa)                                                                                   \
  void name(BinaryOp op, const BroadcastPlan& plan, const float* a, const float* b, const Activation& activation, \
            float* y);
#include "kernels/binary_f32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
