#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"
#include "numeric/activation.h"

namespace alice {

/// c = act(a·b + bias).
///
/// Each output starts at 0, adds its products one by one in the order of k, then adds the bias. Multiply and add round
/// separately, so that implementations give the same bits; but those for Isa::relaxed, which may round a product and its
/// addition as one, give the same among themselves, for any m, on one machine. c overlaps no input.
struct GemmF32Args {
  std::size_t m, n, k;  ///< k ≥ 1
  const float* a;       ///< [m, k], row stride lda ≥ k
  std::size_t lda;
  const float* b;  ///< [k, n], row stride ldb ≥ n; kBufferSlack bytes are readable behind the last element
  std::size_t ldb;
  const float* bias;  ///< [n], or null for none (then nothing is added)
  Activation activation;
  float* c;  ///< [m, n], row stride ldc ≥ n; only the n columns are written
  std::size_t ldc;
};

using GemmF32Kernel = Kernel<void(const GemmF32Args& args)>;

std::span<const GemmF32Kernel> AllGemmF32();
const GemmF32Kernel& SelectGemmF32(Isa isa);

#define ALICE_KERNEL(name, isa) void name(const GemmF32Args& args);
#include "kernels/gemm_f32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
