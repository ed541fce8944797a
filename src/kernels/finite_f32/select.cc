#include "kernels/finite_f32/finite_f32.h"

namespace alice {
namespace {

constexpr AllFiniteF32Kernel kAllFiniteF32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/finite_f32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const AllFiniteF32Kernel> AllAllFiniteF32() { return kAllFiniteF32Kernels; }
const AllFiniteF32Kernel& SelectAllFiniteF32(Isa isa) { return SelectKernel(AllAllFiniteF32(), isa); }

}  // namespace alice
