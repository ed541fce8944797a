#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"
#include "numeric/activation.h"

namespace alice {

/// y[i] = Apply(activation, x[i]) of numeric/activation.h for i in [0, n). y may be x.
using ActivationF32Kernel = Kernel<void(const Activation& activation, const float* x, std::size_t n, float* y)>;

std::span<const ActivationF32Kernel> AllActivationF32();
const ActivationF32Kernel& SelectActivationF32(Isa isa);

#define ALICE_KERNEL(name, isa) void name(const Activation& activation, const float* x, std::size_t n, float* y);
#include "kernels/activation_f32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
