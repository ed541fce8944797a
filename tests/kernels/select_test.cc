#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "kernels/activation_f32/activation_f32.h"
#include "kernels/binary_f32/binary_f32.h"
#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/isa.h"
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
    CHECK(kernel.name.ends_with(kernel.isa == Isa::reference ? "_Reference" : "_Simd128"));
    previous = kernel.isa;
  }
  REQUIRE_FALSE(kernels.empty());
  CHECK(kernels.front().isa == Isa::reference);
  CHECK(select(Isa::reference).isa == Isa::reference);
  CHECK(select(Isa::reference).name == kernels.front().name);
  CHECK(select(BestIsa()).isa == best);
  CHECK(select(BestIsa()).name == kernels.back().name);
}

}  // namespace

TEST_CASE("each instruction set selects kernels written for it", "[kernels]") {
#if defined(__wasm_simd128__) || !defined(__EMSCRIPTEN__)
  REQUIRE(BestIsa() == Isa::simd128);
#else
  REQUIRE(BestIsa() == Isa::reference);
#endif
  CheckList(AllGemmU8S8S32(), SelectGemmU8S8S32, BestIsa());
  CheckList(AllMinMaxF32(), SelectMinMaxF32, BestIsa());
  CheckList(AllQuantizeF32U8(), SelectQuantizeF32U8, BestIsa());
  CheckList(AllDequantizeGemm(), SelectDequantizeGemm, BestIsa());
  CheckList(AllRequantizeGemm(), SelectRequantizeGemm, BestIsa());
  CheckList(AllGemmF32(), SelectGemmF32, BestIsa());
  CheckList(AllActivationF32(), SelectActivationF32, BestIsa());
  CheckList(AllBinaryF32(), SelectBinaryF32, BestIsa());
  CheckList(AllSoftmaxF32(), SelectSoftmaxF32, BestIsa());
  CheckList(AllTransposeF32(), SelectTransposeF32, Isa::reference);
}

TEST_CASE("instruction sets have names", "[kernels]") {
  CHECK(IsaName(Isa::reference) == "reference");
  CHECK(IsaName(Isa::simd128) == "simd128");
}

}  // namespace alice
