#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"

namespace alice {

/// y [cols, rows] = xᵀ of x [rows, cols], both row-major and contiguous. x and y do not overlap.
using TransposeF32Kernel = Kernel<void(std::size_t rows, std::size_t cols, const float* x, float* y)>;

std::span<const TransposeF32Kernel> AllTransposeF32();
const TransposeF32Kernel& SelectTransposeF32(Isa isa);

#define ALICE_KERNEL(name, isa) void name(std::size_t rows, std::size_t cols, const float* x, float* y);
#include "kernels/transpose/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
