#include "kernels/unary_f32/unary_f32.h"

namespace alice {
namespace {

constexpr UnaryF32Kernel kUnaryF32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/unary_f32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const UnaryF32Kernel> AllUnaryF32() { return kUnaryF32Kernels; }
const UnaryF32Kernel& SelectUnaryF32(Isa isa) { return SelectKernel(AllUnaryF32(), isa); }

}  // namespace alice
