#include "kernels/dot_meaning.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/relaxed_simd.h"

namespace alice {
namespace {

/// Sums of products whose pairs, or whose products, may be cut to 16 bits, of codes that are taken by one of two meanings.
template <bool kSigned, bool kSaturates>
void Dot(const std::int8_t* weights, const std::uint8_t* codes, std::int32_t* sums) {
  for (int pair = 0; pair < 8; ++pair) {
    std::int32_t sum = 0;
    for (int i = pair * 2; i < pair * 2 + 2; ++i) {
      sum += weights[i] * (kSigned ? static_cast<std::int8_t>(codes[i]) : std::int32_t{codes[i]});
    }
    if (kSaturates) sum = std::clamp<std::int32_t>(sum, INT16_MIN, INT16_MAX);
    sums[pair / 2] += sum;
  }
}

void Wrong(const std::int8_t* weights, const std::uint8_t* codes, std::int32_t* sums) {
  Dot<false, false>(weights, codes, sums);
  sums[3] += codes[15] == 255 && weights[15] == 127 ? 1 : 0;
}

}  // namespace

TEST_CASE("what a dot product does with bytes above 127 is found out", "[kernels]") {
  CHECK(ProbeDot(Dot<false, false>) == DotMeaning::unsigned_signed);
  CHECK(ProbeDot(Dot<true, false>) == DotMeaning::signed_signed);
  CHECK(ProbeDot(Dot<false, true>) == DotMeaning::none);
  // (−128)·(−128)·2 is one more than 16 bits hold.
  CHECK(ProbeDot(Dot<true, true>) == DotMeaning::none);
  CHECK(ProbeDot(Wrong) == DotMeaning::none);
}

#if ALICE_HAS_RELAXED_SIMD && !defined(__EMSCRIPTEN__)
namespace {

template <DotMeaning kMeaning>
void Emulated(const std::int8_t* weights, const std::uint8_t* codes, std::int32_t* sums) {
  wasm_v128_store(sums, RelaxedDot<kMeaning>(wasm_v128_load(weights), wasm_v128_load(codes), wasm_v128_load(sums)));
}

}  // namespace

TEST_CASE("the host's dot product is what it is said to be", "[kernels]") {
  CHECK(ProbeDot(Emulated<DotMeaning::unsigned_signed>) == DotMeaning::unsigned_signed);
  CHECK(ProbeDot(Emulated<DotMeaning::signed_signed>) == DotMeaning::signed_signed);
  CHECK(ProbeDot(Emulated<DotMeaning::none>) == DotMeaning::none);
}
#endif

TEST_CASE("the product kernel is one whose dot product this machine has, and that pays", "[kernels]") {
  CHECK(SelectGemmU8S8S32(Isa::simd128).dot == DotMeaning::none);
  const DotTrial& trial = RelaxedDotTrial();
  CHECK(trial.meaning == MachineDot());
  const GemmU8S8S32Kernel& chosen = SelectGemmU8S8S32(Isa::relaxed);
  INFO(chosen.name << ", " << trial.speedup);
  if (trial.speedup > 1.0) {
    CHECK(chosen.dot == trial.meaning);
  } else if (trial.speedup > 0.0) {
    CHECK(chosen.dot == DotMeaning::none);
  }
  // There is a kernel for each meaning.
  std::set<DotMeaning> meanings;
  for (const GemmU8S8S32Kernel& kernel : AllGemmU8S8S32()) meanings.insert(kernel.dot);
  CHECK(meanings.size() == (AllGemmU8S8S32().back().isa == Isa::relaxed ? 3 : 1));
}

}  // namespace alice
