#include "kernels/cast/cast.h"

namespace alice {
namespace {

constexpr CastKernel kKernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/cast/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const CastKernel> AllCast() { return kKernels; }
const CastKernel& SelectCast(Isa isa) { return SelectKernel(AllCast(), isa); }

}  // namespace alice
