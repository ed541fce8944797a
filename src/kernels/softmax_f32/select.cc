#include "kernels/softmax_f32/softmax_f32.h"

namespace alice {
namespace {

constexpr SoftmaxF32Kernel kSoftmaxF32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/softmax_f32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const SoftmaxF32Kernel> AllSoftmaxF32() { return kSoftmaxF32Kernels; }
const SoftmaxF32Kernel& SelectSoftmaxF32(Isa isa) { return SelectKernel(AllSoftmaxF32(), isa); }

}  // namespace alice
