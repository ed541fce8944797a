#include "kernels/activation_f32/activation_f32.h"

#if ALICE_HAS_SIMD128
#include "kernels/f32x4.h"
#include "kernels/map_f32x4.h"

namespace alice {

namespace {

template <ActivationKind kKind>
void Activate(const Activation& activation, const float* x, std::size_t n, float* y) {
  MapF32x4(x, n, y, [activation](F32x4 value) { return Activated<kKind>(activation, value); });
}

// A function each: a page fetches those that its model has.
constexpr decltype(&ActivationF32_x4_Simd128) kByKind[] = {
#define ALICE_ACTIVATION(kind, formula) Activate<ActivationKind::kind>,
#include "numeric/activation.inc"
#undef ALICE_ACTIVATION
};

}  // namespace

void ActivationF32_x4_Simd128(const Activation& activation, const float* x, std::size_t n, float* y) {
  kByKind[static_cast<std::size_t>(activation.kind)](activation, x, n, y);
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
