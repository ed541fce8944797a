#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/kernel.h"

namespace alice {

enum class UnaryOp : std::uint8_t {
#define ALICE_UNARY_OP(name, kind, expression) name,
#include "kernels/unary_f32/unary_op.inc"
#undef ALICE_UNARY_OP
};

/// y[i] = op(x[i]) for i in [0, n), as unary_op.inc and numeric/elementary.h say. y may be x.
using UnaryF32Kernel = Kernel<void(UnaryOp op, const float* x, std::size_t n, float* y)>;

std::span<const UnaryF32Kernel> AllUnaryF32();
const UnaryF32Kernel& SelectUnaryF32(Isa isa);

#define ALICE_KERNEL(name, isa) void name(UnaryOp op, const float* x, std::size_t n, float* y);
#include "kernels/unary_f32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
