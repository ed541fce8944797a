#include "kernels/depthwise_u8s16s32/depthwise_u8s16s32.h"
#include "kernels/depthwise_u8s16s32/tap_pointers.h"
#include "kernels/kernel.h"

namespace alice {
namespace {

constexpr DepthwiseU8S16S32Kernel kDepthwiseU8S16S32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name::Sums, name::Dequantize, name::Requantize},
#include "kernels/depthwise_u8s16s32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const DepthwiseU8S16S32Kernel> AllDepthwiseU8S16S32() { return kDepthwiseU8S16S32Kernels; }
const DepthwiseU8S16S32Kernel& SelectDepthwiseU8S16S32(Isa isa) { return SelectKernel(AllDepthwiseU8S16S32(), isa); }

std::size_t ScratchBytesDepthwiseU8S16S32(const Window2d& window) { return TapPointers::Bytes(window); }

}  // namespace alice
