#pragma once

#include "kernels/binary_f32/binary_f32.h"
#include "numeric/elementary.h"

namespace alice {

/// a op b of two values, or of each lane of two vectors of floats.
template <BinaryOp op, typename V>
V Combined(V a, V b) {
#define ALICE_BINARY_OP(name, kind, expression) \
  if constexpr (op == BinaryOp::name) return expression;
#include "kernels/binary_f32/binary_op.inc"
#undef ALICE_BINARY_OP
}

}  // namespace alice
