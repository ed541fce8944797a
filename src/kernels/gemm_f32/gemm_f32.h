#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernel.h"
#include "numeric/activation.h"

namespace alice {

/// What takes the place of a row stride where a matrix is packed.
inline constexpr std::size_t kPackedF32 = 0;

/// Packs b [k, n] for products: columns in panels of 8, one panel behind the other, in each the 8 values of a row adjacent;
/// what columns remain lie so, too, in a narrower panel. `packed` [k · n] does not overlap b.
void PackF32(std::size_t k, std::size_t n, const float* b, float* packed);

/// c = act(a·b + bias).
///
/// Each output starts at 0, adds its products one by one in the order of k, then adds the bias. Multiply and add round
/// separately, so that implementations give the same bits; but those for Isa::relaxed, which may round a product and its
/// addition as one, give the same among themselves, for any m, on one machine. c overlaps no input.
struct GemmF32Args {
  std::size_t m, n, k;  ///< k ≥ 1
  const float* a;       ///< [m, k], row stride lda ≥ k
  std::size_t lda;
  const float* b;     ///< [k, n], row stride ldb ≥ n; kBufferSlack bytes are readable behind the last element
  std::size_t ldb;    ///< kPackedF32 where b is as PackF32 leaves it
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
