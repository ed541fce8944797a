#include "kernels/dequantize_gemm/dequantize_gemm.h"

namespace alice {
namespace {

constexpr DequantizeGemmKernel kKernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/dequantize_gemm/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const DequantizeGemmKernel> AllDequantizeGemm() { return kKernels; }
const DequantizeGemmKernel& SelectDequantizeGemm(Isa isa) { return SelectKernel(AllDequantizeGemm(), isa); }

}  // namespace alice
