#include "kernels/unary_f32/unary_f32.h"

#if ALICE_HAS_SIMD128
#include "kernels/map_f32x4.h"
#include "kernels/unary_f32/computed.h"

namespace alice {

void UnaryF32_x4_Simd128(UnaryOp op, const float* x, std::size_t n, float* y) {
  switch (op) {
#define ALICE_UNARY_OP(name, kind, expression) \
  case UnaryOp::name:                          \
    return MapF32x4(x, n, y, [](F32x4 value) { return Computed<UnaryOp::name>(value); });
#include "kernels/unary_f32/unary_op.inc"
#undef ALICE_UNARY_OP
  }
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
