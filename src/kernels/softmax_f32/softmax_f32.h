#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"

namespace alice {

/// Softmax-13 along the middle axis of x [outer, axis_size, inner]: with m the maximum along the axis,
///
///   y = exp(x − m) / Σ exp(x − m)
///
/// the sum in float, in the order of the axis. y may be x. Requires axis_size ≥ 1.
using SoftmaxF32Kernel =
    Kernel<void(std::size_t outer, std::size_t axis_size, std::size_t inner, const float* x, float* y)>;

std::span<const SoftmaxF32Kernel> AllSoftmaxF32();
const SoftmaxF32Kernel& SelectSoftmaxF32(Isa isa);

#define ALICE_KERNEL(name, isa) \
  void name(std::size_t outer, std::size_t axis_size, std::size_t inner, const float* x, float* y);
#include "kernels/softmax_f32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
