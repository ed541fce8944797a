#include "kernels/gemm_f32/gemm_f32.h"

namespace alice {
namespace {

constexpr GemmF32Kernel kGemmF32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/gemm_f32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const GemmF32Kernel> AllGemmF32() { return kGemmF32Kernels; }
const GemmF32Kernel& SelectGemmF32(Isa isa) { return SelectKernel(AllGemmF32(), isa); }

}  // namespace alice
