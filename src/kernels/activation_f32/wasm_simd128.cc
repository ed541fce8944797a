#include "kernels/activation_f32/activation_f32.h"

#if ALICE_HAS_SIMD128
#include "kernels/f32x4.h"
#include "kernels/map_f32x4.h"

namespace alice {

void ActivationF32_x4_Simd128(const Activation& activation, const float* x, std::size_t n, float* y) {
  switch (activation.kind) {
#define ALICE_ACTIVATION(kind, formula) \
  case ActivationKind::kind:            \
    return MapF32x4(x, n, y, [activation](F32x4 value) { return Activated<ActivationKind::kind>(activation, value); });
#include "numeric/activation.inc"
#undef ALICE_ACTIVATION
  }
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
