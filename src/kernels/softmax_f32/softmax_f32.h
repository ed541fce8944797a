#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"

namespace alice {

/// Softmax-13 along the middle axis of x [outer, axis_size, inner]: with m the maximum along the axis,
///
///   y = exp(x − m) / Σ exp(x − m)
///
/// with exp of numeric/elementary.h, and in float the sums s[k] of every fourth term from k on, in the order of the axis, of
/// which the whole is (s[0] + s[2]) + (s[1] + s[3]). NaN anywhere along the axis makes all of y NaN there. y may be x.
/// Requires axis_size ≥ 1.
using SoftmaxF32Kernel =
    Kernel<void(std::size_t outer, std::size_t axis_size, std::size_t inner, const float* x, float* y)>;

std::span<const SoftmaxF32Kernel> AllSoftmaxF32();
const SoftmaxF32Kernel& SelectSoftmaxF32(Isa isa);

/// LogSoftmax-13: y = (x − m) − ln Σ exp(x − m), with the same sums and ln of numeric/elementary.h. y may be x. Requires
/// axis_size ≥ 1.
void LogSoftmaxF32(std::size_t outer, std::size_t axis_size, std::size_t inner, const float* x, float* y);

#define ALICE_KERNEL(name, isa) \
  void name(std::size_t outer, std::size_t axis_size, std::size_t inner, const float* x, float* y);
#include "kernels/softmax_f32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
