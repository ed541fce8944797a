#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"

namespace alice {

/// Whether none of x[0, n) is a NaN or an infinity.
using AllFiniteF32Kernel = Kernel<bool(const float* x, std::size_t n)>;

std::span<const AllFiniteF32Kernel> AllAllFiniteF32();
const AllFiniteF32Kernel& SelectAllFiniteF32(Isa isa);

#define ALICE_KERNEL(name, isa) bool name(const float* x, std::size_t n);
#include "kernels/finite_f32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
