#include "kernels/depthwise_u8s8s32/columns.h"
#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

namespace alice {
namespace {

constexpr DepthwiseU8S8S32Kernel kDepthwiseU8S8S32Kernels[] = {
#define ALICE_KERNEL(name, isa, rows, dot) \
  {#name, Isa::isa, rows, DotMeaning::dot, name::Sums, name::Dequantize, name::Requantize},
#include "kernels/depthwise_u8s8s32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const DepthwiseU8S8S32Kernel> AllDepthwiseU8S8S32() { return kDepthwiseU8S8S32Kernels; }

const DepthwiseU8S8S32Kernel& SelectDepthwiseU8S8S32(Isa isa, bool fits_s8) {
  const DotMeaning dot = SelectGemmU8S8S32(isa).dot;
  const DepthwiseU8S8S32Kernel* best = &kDepthwiseU8S8S32Kernels[0];
  for (const DepthwiseU8S8S32Kernel& kernel : kDepthwiseU8S8S32Kernels) {
    const bool is_narrow = kernel.dot != DotMeaning::none;
    if (kernel.isa <= isa && (!is_narrow || (kernel.dot == dot && fits_s8))) best = &kernel;
  }
  return *best;
}

std::size_t ScratchBytesDepthwiseU8S8S32(const DepthwiseU8S8S32Kernel& kernel, const Window2d& window) {
  return DepthwiseColumns::Bytes(kernel.rows, window);
}

}  // namespace alice
