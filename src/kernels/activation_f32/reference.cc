#include "kernels/activation_f32/activation_f32.h"

namespace alice {

void ActivationF32_Reference(const Activation& activation, const float* x, std::size_t n, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = Apply(activation, x[i]);
}

}  // namespace alice
