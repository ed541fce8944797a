#include "kernels/activation_f32/activation_f32.h"

namespace alice {
namespace {

constexpr ActivationF32Kernel kActivationF32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/activation_f32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const ActivationF32Kernel> AllActivationF32() { return kActivationF32Kernels; }
const ActivationF32Kernel& SelectActivationF32(Isa isa) { return SelectKernel(AllActivationF32(), isa); }

}  // namespace alice
