#include "kernels/dequantize_gemm/dequantize_gemm.h"

namespace alice {
namespace {

constexpr DequantizeGemmKernel kDequantizeGemmKernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/dequantize_gemm/kernels.inc"
#undef ALICE_KERNEL
};

constexpr RequantizeGemmKernel kRequantizeKernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/dequantize_gemm/requantize_kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const DequantizeGemmKernel> AllDequantizeGemm() { return kDequantizeGemmKernels; }
const DequantizeGemmKernel& SelectDequantizeGemm(Isa isa) { return SelectKernel(AllDequantizeGemm(), isa); }

std::span<const RequantizeGemmKernel> AllRequantizeGemm() { return kRequantizeKernels; }
const RequantizeGemmKernel& SelectRequantizeGemm(Isa isa) { return SelectKernel(AllRequantizeGemm(), isa); }

}  // namespace alice
