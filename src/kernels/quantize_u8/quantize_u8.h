#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "kernels/kernel.h"
#include "numeric/qparams.h"

namespace alice {

struct MinMax {
  float min, max;
};

/// The range of nothing yet.
inline constexpr MinMax kEmptyRange{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};

/// The smallest and the largest of x[0, n), n ≥ 1. A zero is +0. NaNs are passed over: nothing but NaNs gives
/// {+∞, −∞}, which AsymmetricU8 widens to an empty range.
using MinMaxF32Kernel = Kernel<MinMax(const float* x, std::size_t n)>;

std::span<const MinMaxF32Kernel> AllMinMaxF32();
const MinMaxF32Kernel& SelectMinMaxF32(Isa isa);

/// y[i] = QuantizeU8(x[i], qparams) of numeric/qparams.h, bit for bit: clamp(rne(x / scale) + zero_point, 0,
/// 255) by true division; a NaN gives 0. x and y do not overlap. Requires zero_point in [0, 255].
using QuantizeF32U8Kernel = Kernel<void(const float* x, std::size_t n, QParams qparams, std::uint8_t* y)>;

std::span<const QuantizeF32U8Kernel> AllQuantizeF32U8();
const QuantizeF32U8Kernel& SelectQuantizeF32U8(Isa isa);

#define ALICE_KERNEL(name, isa) MinMax name(const float* x, std::size_t n);
#include "kernels/quantize_u8/min_max_kernels.inc"
#undef ALICE_KERNEL
#define ALICE_KERNEL(name, isa) void name(const float* x, std::size_t n, QParams qparams, std::uint8_t* y);
#include "kernels/quantize_u8/quantize_kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
