#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/kernel.h"

namespace alice {
namespace {

constexpr GemmU8S8S32Kernel kKernels[] = {
#define ALICE_KERNEL(name, isa, mr, nr, kr) {#name, Isa::isa, mr, nr, kr, name},
#include "kernels/gemm_u8s8s32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const GemmU8S8S32Kernel> AllGemmU8S8S32() { return kKernels; }
const GemmU8S8S32Kernel& SelectGemmU8S8S32(Isa isa) { return SelectKernel(AllGemmU8S8S32(), isa); }

}  // namespace alice
