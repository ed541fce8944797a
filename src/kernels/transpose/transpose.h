#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"

namespace alice {

/// y [cols, rows] = xᵀ of x [rows, cols], both row-major, y contiguous. x and y do not overlap.
struct TransposeF32Args {
  std::size_t rows, cols;
  const float* x;
  std::size_t ldx;
  float* y;
};

using TransposeF32Kernel = Kernel<void(const TransposeF32Args&)>;

std::span<const TransposeF32Kernel> AllTransposeF32();
const TransposeF32Kernel& SelectTransposeF32(Isa isa);

#define ALICE_KERNEL(name, isa) void name(const TransposeF32Args& args);
#include "kernels/transpose/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
