#include "kernels/quantize_u8/quantize_u8.h"

namespace alice {
namespace {

constexpr MinMaxF32Kernel kMinMaxKernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/quantize_u8/min_max_kernels.inc"
#undef ALICE_KERNEL
};

constexpr QuantizeF32U8Kernel kQuantizeKernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/quantize_u8/quantize_kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const MinMaxF32Kernel> AllMinMaxF32() { return kMinMaxKernels; }
const MinMaxF32Kernel& SelectMinMaxF32(Isa isa) { return SelectKernel(AllMinMaxF32(), isa); }

std::span<const QuantizeF32U8Kernel> AllQuantizeF32U8() { return kQuantizeKernels; }
const QuantizeF32U8Kernel& SelectQuantizeF32U8(Isa isa) { return SelectKernel(AllQuantizeF32U8(), isa); }

}  // namespace alice
