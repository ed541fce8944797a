#pragma once

#include "kernels/unary_f32/unary_f32.h"
#include "numeric/elementary.h"
#include "numeric/rounding.h"

namespace alice {

/// op(x) of one value, or of each lane of a vector of floats.
template <UnaryOp op, typename V>
V Computed(V x) {
#define ALICE_UNARY_OP(name, kind, expression) \
  if constexpr (op == UnaryOp::name) return expression;
#include "kernels/unary_f32/unary_op.inc"
#undef ALICE_UNARY_OP
}

}  // namespace alice
