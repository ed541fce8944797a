#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/kernel.h"

namespace alice {

/// How many counters there are behind the bins, in which zeros are counted: one for each of four neighbours in x, so that
/// a run of zeros need not wait for one counter.
inline constexpr std::size_t kZeroCounters = 4;

/// Counts each of x[0, n) in one of counts[0, 2·bins + kZeroCounters), with w = 1 / bins_per_unit:
///
///   x > 0   counts[bins + b],              the b with x in [b·w, (b+1)·w)
///   x < 0   counts[bins − 1 − b],          the b with −x in [b·w, (b+1)·w)
///   x = 0   counts[2·bins + i mod 4]       for x[i]
///
/// Requires finite values with |x| < bins · w, a power of two ≥ 2^−126 as bins_per_unit, and 1 ≤ bins ≤ 2^24.
using HistogramF32Kernel =
    Kernel<void(const float* x, std::size_t n, double bins_per_unit, int bins, std::uint64_t* counts)>;

std::span<const HistogramF32Kernel> AllHistogramF32();
const HistogramF32Kernel& SelectHistogramF32(Isa isa);

#define ALICE_KERNEL(name, isa) \
  void name(const float* x, std::size_t n, double bins_per_unit, int bins, std::uint64_t* counts);
#include "kernels/histogram_f32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
