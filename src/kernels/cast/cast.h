#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"
#include "tensor/dtype.h"

namespace alice {

/// y[i] = x[i] in another element type (ONNX Cast-13), n elements. x and y do not overlap.
///
///   float → integer    truncates towards zero; what is out of range saturates, NaN gives 0
///   integer → integer  keeps the low bits (two's complement)
///   integer → float    rounds to nearest, ties to even
///   to boolean         x ≠ 0 (true for NaN);  from boolean  0 or 1
using CastKernel = Kernel<void(DType from, const void* x, std::size_t n, DType to, void* y)>;

std::span<const CastKernel> AllCast();
const CastKernel& SelectCast(Isa isa);

#define ALICE_KERNEL(name, isa) void name(DType from, const void* x, std::size_t n, DType to, void* y);
#include "kernels/cast/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
