#pragma once

// The relaxed SIMD instructions that kernels use. In WebAssembly each is one instruction, whose result is left to the
// machine within bounds; on the host, what some machine would give.

#include "kernels/dot_meaning.h"
#include "kernels/isa.h"

#if ALICE_HAS_RELAXED_SIMD
#ifndef __wasm_relaxed_simd__
#include <algorithm>
#include <cmath>
#endif
#include <cstdint>

#include "kernels/simd128.h"

namespace alice {

/// sums + Σ over each four bytes of weights (signed) · codes (as kMeaning has them).
template <DotMeaning kMeaning>
inline v128_t RelaxedDot(v128_t weights, v128_t codes, v128_t sums) {
#ifdef __wasm_relaxed_simd__
  return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(weights, codes, sums);
#else
  std::int8_t w[16];
  std::uint8_t c[16];
  std::int32_t s[4];
  wasm_v128_store(w, weights);
  wasm_v128_store(c, codes);
  wasm_v128_store(s, sums);
  for (std::size_t pair = 0; pair < 8; ++pair) {
    std::int32_t sum = 0;
    for (std::size_t i = pair * 2; i < pair * 2 + 2; ++i) {
      const std::int32_t code = kMeaning == DotMeaning::signed_signed ? static_cast<std::int8_t>(c[i]) : c[i];
      sum += w[i] * code;
    }
    // x86 without VNNI: pmaddubsw.
    if (kMeaning == DotMeaning::none) sum = std::clamp<std::int32_t>(sum, INT16_MIN, INT16_MAX);
    s[pair / 2] = static_cast<std::int32_t>(static_cast<std::uint32_t>(s[pair / 2]) + static_cast<std::uint32_t>(sum));
  }
  return wasm_v128_load(s);
#endif
}

/// a · b + c, rounded once or twice: one way everywhere on a machine.
inline v128_t RelaxedMultiplyAdd(v128_t a, v128_t b, v128_t c) {
#ifdef __wasm_relaxed_simd__
  return wasm_f32x4_relaxed_madd(a, b, c);
#else
  float x[4];
  float y[4];
  float z[4];
  wasm_v128_store(x, a);
  wasm_v128_store(y, b);
  wasm_v128_store(z, c);
  for (std::size_t i = 0; i < 4; ++i) z[i] = std::fma(x[i], y[i], z[i]);
  return wasm_v128_load(z);
#endif
}

}  // namespace alice

#endif  // ALICE_HAS_RELAXED_SIMD
