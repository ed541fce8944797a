#include "kernels/quantize_s8/quantize_s8.h"

namespace alice {
namespace {

constexpr QuantizeF32S8Kernel kQuantizeF32S8Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/quantize_s8/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const QuantizeF32S8Kernel> AllQuantizeF32S8() { return kQuantizeF32S8Kernels; }
const QuantizeF32S8Kernel& SelectQuantizeF32S8(Isa isa) { return SelectKernel(AllQuantizeF32S8(), isa); }

}  // namespace alice
