#include "kernels/depthwise_f32/depthwise_f32.h"

namespace alice {
namespace {

constexpr DepthwiseF32Kernel kDepthwiseF32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/depthwise_f32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const DepthwiseF32Kernel> AllDepthwiseF32() { return kDepthwiseF32Kernels; }
const DepthwiseF32Kernel& SelectDepthwiseF32(Isa isa) { return SelectKernel(AllDepthwiseF32(), isa); }

}  // namespace alice
