#include "kernels/arg_max_f32/arg_max_f32.h"

namespace alice {
namespace {

constexpr ArgMaxF32Kernel kArgMaxF32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/arg_max_f32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const ArgMaxF32Kernel> AllArgMaxF32() { return kArgMaxF32Kernels; }
const ArgMaxF32Kernel& SelectArgMaxF32(Isa isa) { return SelectKernel(AllArgMaxF32(), isa); }

}  // namespace alice
