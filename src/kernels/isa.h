#pragma once

#include <cstdint>
#include <string_view>

/// 1 where the SIMD128 kernels are part of the build: WebAssembly with -msimd128, and every host (through
/// simde).
#if defined(__wasm_simd128__) || !defined(__EMSCRIPTEN__)
#define ALICE_HAS_SIMD128 1
#else
#define ALICE_HAS_SIMD128 0
#endif

/// 1 where the kernels for machines without SIMD are: JavaScript, and every host.
#if !defined(__wasm_simd128__)
#define ALICE_HAS_SCALAR 1
#else
#define ALICE_HAS_SCALAR 0
#endif

/// 1 where the relaxed SIMD kernels are: WebAssembly with -mrelaxed-simd, and every host (through relaxed_simd.h, slowly).
#if defined(__wasm_relaxed_simd__) || !defined(__EMSCRIPTEN__)
#define ALICE_HAS_RELAXED_SIMD 1
#else
#define ALICE_HAS_RELAXED_SIMD 0
#endif

namespace alice {

/// An instruction set, weakest first; `reference` is portable C++ that is plain to see, `scalar` such that is fast.
enum class Isa : std::uint8_t {
#define ALICE_ISA(name) name,
#include "kernels/isa.inc"
#undef ALICE_ISA
};

/// "reference", "scalar", "simd128", "relaxed"
constexpr std::string_view IsaName(Isa isa) {
  switch (isa) {
#define ALICE_ISA(name) \
  case Isa::name:       \
    return #name;
#include "kernels/isa.inc"
#undef ALICE_ISA
  }
  return "?";
}

/// The strongest instruction set that this build has kernels for and that is no emulation.
Isa BestIsa();

}  // namespace alice
