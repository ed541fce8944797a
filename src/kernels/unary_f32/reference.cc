#include "kernels/unary_f32/computed.h"

namespace alice {

void UnaryF32_Reference(UnaryOp op, const float* x, std::size_t n, float* y) {
  switch (op) {
#define ALICE_UNARY_OP(name, kind, expression)                                \
  case UnaryOp::name:                                                         \
    for (std::size_t i = 0; i < n; ++i) y[i] = Computed<UnaryOp::name>(x[i]); \
    return;
#include "kernels/unary_f32/unary_op.inc"
#undef ALICE_UNARY_OP
  }
}

}  // namespace alice
