#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/kernel.h"

namespace alice {

/// y[i] = QuantizeSymmetric(x[i], scales[i], 8) of numeric/qparams.h, bit for bit: clamp(rne(x / scale), ±127) by true
/// division; a NaN gives −127. x and y do not overlap.
using QuantizeF32S8Kernel = Kernel<void(const float* x, std::size_t n, const float* scales, std::int8_t* y)>;

std::span<const QuantizeF32S8Kernel> AllQuantizeF32S8();
const QuantizeF32S8Kernel& SelectQuantizeF32S8(Isa isa);

#define ALICE_KERNEL(name, isa) void name(const float* x, std::size_t n, const float* scales, std::int8_t* y);
#include "kernels/quantize_s8/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
