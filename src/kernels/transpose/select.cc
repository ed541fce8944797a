#include "kernels/transpose/transpose.h"

namespace alice {
namespace {

constexpr TransposeF32Kernel kTransposeF32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/transpose/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const TransposeF32Kernel> AllTransposeF32() { return kTransposeF32Kernels; }
const TransposeF32Kernel& SelectTransposeF32(Isa isa) { return SelectKernel(AllTransposeF32(), isa); }

}  // namespace alice
