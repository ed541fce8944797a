#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"
#include "numeric/activation.h"
#include "tensor/window.h"

namespace alice {

/// A channels-last depthwise convolution (ONNX Conv-11 with as many groups as channels and filters): every channel has a
/// filter of its own.
///
///   y[p, c] = act(Σ x[pixel of p under tap t, c] · w[t, c] + bias[c]) over the taps t that lie inside of x
///
/// The taps are added to 0 in the order of window rows, then columns; each float operation rounds on its own.
struct DepthwiseF32Args {
  Window2d window;
  std::size_t samples, channels;
  const float* x;     ///< [samples, rows, columns, channels]
  const float* w;     ///< [window.elements(), channels]
  const float* bias;  ///< [channels], or null for none
  Activation activation;
  float* y;  ///< [samples, output rows, output columns, channels]; overlaps no input
};

using DepthwiseF32Kernel = Kernel<void(const DepthwiseF32Args& args)>;

std::span<const DepthwiseF32Kernel> AllDepthwiseF32();
const DepthwiseF32Kernel& SelectDepthwiseF32(Isa isa);

#define ALICE_KERNEL(name, isa) void name(const DepthwiseF32Args& args);
#include "kernels/depthwise_f32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
