#include "kernels/binary_f32/binary_f32.h"

namespace alice {
namespace {

constexpr BinaryF32Kernel kBinaryF32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/binary_f32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const BinaryF32Kernel> AllBinaryF32() { return kBinaryF32Kernels; }
const BinaryF32Kernel& SelectBinaryF32(Isa isa) { return SelectKernel(AllBinaryF32(), isa); }

}  // namespace alice
