#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"

namespace alice {

/// The index of the largest of x[0, n), n ≥ 1: the first of equals. 0 where none is above −∞, as NaN never is.
using ArgMaxF32Kernel = Kernel<std::size_t(const float* x, std::size_t n)>;

std::span<const ArgMaxF32Kernel> AllArgMaxF32();
const ArgMaxF32Kernel& SelectArgMaxF32(Isa isa);

#define ALICE_KERNEL(name, isa) std::size_t name(const float* x, std::size_t n);
#include "kernels/arg_max_f32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
