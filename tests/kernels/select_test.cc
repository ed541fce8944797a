#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "kernels/activation_f32/activation_f32.h"
#include "kernels/arg_max_f32/arg_max_f32.h"
#include "kernels/binary_f32/binary_f32.h"
#include "kernels/depthwise_f32/depthwise_f32.h"
#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"
#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "kernels/finite_f32/finite_f32.h"
#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/histogram_f32/histogram_f32.h"
#include "kernels/isa.h"
#include "kernels/quantize_s8/quantize_s8.h"
#include "kernels/quantize_u8/quantize_u8.h"
#include "kernels/softmax_f32/softmax_f32.h"
#include "kernels/transpose/transpose.h"

namespace alice {
namespace {

/// The rules every kernel list keeps; `best` is the instruction set of its strongest kernel.
template <typename AnyKernel>
void CheckList(std::span<const AnyKernel> kernels, const AnyKernel& (*select)(Isa), Isa best) {
  std::set<std::string_view> names;
  Isa previous = Isa::reference;
  for (const AnyKernel& kernel : kernels) {
    INFO(kernel.name);
    CHECK(names.insert(kernel.name).second);
    CHECK(kernel.isa >= previous);
    const std::string_view ends[] = {"_Reference", "_Scalar", "_Simd128", "Relaxed"};
    CHECK(kernel.name.ends_with(ends[static_cast<std::size_t>(kernel.isa)]));
    previous = kernel.isa;
  }
  REQUIRE_FALSE(kernels.empty());
  CHECK(kernels.front().isa == Isa::reference);
  CHECK(select(Isa::reference).isa == Isa::reference);
  CHECK(select(Isa::reference).name == kernels.front().name);
  CHECK(select(best).isa == best);
  if (best == kernels.back().isa) CHECK(select(best).name == kernels.back().name);
}

}  // namespace

TEST_CASE("each instruction set selects kernels written for it", "[kernels]") {
#if defined(__EMSCRIPTEN__)
  CHECK(BestIsa() >= Isa::simd128);
#else
  CHECK(BestIsa() == Isa::simd128);
#endif
#if defined(__EMSCRIPTEN__)
  const Isa best = BestIsa();
#else
  const Isa best = Isa::relaxed;  // emulated
#endif
  CheckList(AllArgMaxF32(), SelectArgMaxF32, Isa::simd128);
  CheckList(AllMinMaxF32(), SelectMinMaxF32, Isa::simd128);
  CheckList(AllQuantizeF32U8(), SelectQuantizeF32U8, Isa::simd128);
  CheckList(AllDequantizeGemm(), SelectDequantizeGemm, Isa::simd128);
  CheckList(AllRequantizeGemm(), SelectRequantizeGemm, Isa::simd128);
  CheckList(AllGemmF32(), SelectGemmF32, best);
  CheckList(AllGemmU8S8S32(), SelectGemmU8S8S32, Isa::simd128);
  CheckList(AllDepthwiseF32(), SelectDepthwiseF32, Isa::simd128);
  CheckList(AllActivationF32(), SelectActivationF32, Isa::simd128);
  CheckList(AllBinaryF32(), SelectBinaryF32, Isa::simd128);
  CheckList(AllSoftmaxF32(), SelectSoftmaxF32, Isa::simd128);
  CheckList(AllQuantizeF32S8(), SelectQuantizeF32S8, Isa::simd128);
  CheckList(AllHistogramF32(), SelectHistogramF32, Isa::simd128);
  CheckList(AllAllFiniteF32(), SelectAllFiniteF32, Isa::simd128);
  CheckList(AllTransposeF32(), SelectTransposeF32, Isa::simd128);
}

TEST_CASE("instruction sets have names", "[kernels]") {
  CHECK(IsaName(Isa::reference) == "reference");
  CHECK(IsaName(Isa::scalar) == "scalar");
  CHECK(IsaName(Isa::simd128) == "simd128");
  CHECK(IsaName(Isa::relaxed) == "relaxed");
}

}  // namespace alice
