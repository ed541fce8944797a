#include "kernels/histogram_f32/histogram_f32.h"

namespace alice {
namespace {

constexpr HistogramF32Kernel kHistogramF32Kernels[] = {
#define ALICE_KERNEL(name, isa) {#name, Isa::isa, name},
#include "kernels/histogram_f32/kernels.inc"
#undef ALICE_KERNEL
};

}  // namespace

std::span<const HistogramF32Kernel> AllHistogramF32() { return kHistogramF32Kernels; }
const HistogramF32Kernel& SelectHistogramF32(Isa isa) { return SelectKernel(AllHistogramF32(), isa); }

}  // namespace alice
