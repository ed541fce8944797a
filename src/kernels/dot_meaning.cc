#include "kernels/dot_meaning.h"

#include <algorithm>
#include <cstddef>

#include "kernels/relaxed_simd.h"

namespace alice {
namespace {

constexpr std::size_t kBytes = 16;
constexpr std::size_t kLanes = 4;

bool IsExact(DotFunction* dot, DotMeaning meaning, const std::int8_t* weights, const std::uint8_t* codes) {
  std::int32_t expected[kLanes] = {7, -7, 1 << 30, -(1 << 30)};
  std::int32_t sums[kLanes];
  std::copy_n(expected, kLanes, sums);
  for (std::size_t i = 0; i < kBytes; ++i) {
    const std::int32_t code = meaning == DotMeaning::signed_signed ? static_cast<std::int8_t>(codes[i]) : codes[i];
    expected[i / 4] += weights[i] * code;
  }
  dot(weights, codes, sums);
  return std::equal(sums, sums + kLanes, expected);
}

bool IsExact(DotFunction* dot, DotMeaning meaning) {
  // Every pair of ends, so that all four products of a lane reach for the same end, and mixtures.
  constexpr std::int8_t kWeights[] = {-128, -127, -1, 0, 1, 127};
  constexpr std::uint8_t kCodes[] = {0, 1, 127, 128, 129, 255};
  std::int8_t weights[kBytes];
  std::uint8_t codes[kBytes];
  for (const std::int8_t weight : kWeights) {
    for (const std::uint8_t code : kCodes) {
      std::fill_n(weights, kBytes, weight);
      std::fill_n(codes, kBytes, code);
      if (!IsExact(dot, meaning, weights, codes)) return false;
    }
  }
  for (std::size_t shift = 0; shift < kBytes; ++shift) {
    for (std::size_t i = 0; i < kBytes; ++i) {
      weights[i] = kWeights[(i * 5 + shift) % std::size(kWeights)];
      codes[i] = kCodes[(i * 7 + shift / 3) % std::size(kCodes)];
    }
    if (!IsExact(dot, meaning, weights, codes)) return false;
  }
  return true;
}

#if ALICE_HAS_RELAXED_SIMD
void RelaxedDotOnce(const std::int8_t* weights, const std::uint8_t* codes, std::int32_t* sums) {
  const v128_t result =
      RelaxedDot<DotMeaning::unsigned_signed>(wasm_v128_load(weights), wasm_v128_load(codes), wasm_v128_load(sums));
  wasm_v128_store(sums, result);
}
#endif

}  // namespace

DotMeaning ProbeDot(DotFunction* dot) {
  for (const DotMeaning meaning : {DotMeaning::unsigned_signed, DotMeaning::signed_signed}) {
    if (IsExact(dot, meaning)) return meaning;
  }
  return DotMeaning::none;
}

DotMeaning MachineDot() {
#if ALICE_HAS_RELAXED_SIMD
  static const DotMeaning meaning = ProbeDot(RelaxedDotOnce);
  return meaning;
#else
  return DotMeaning::none;
#endif
}

}  // namespace alice
