#include "kernels/isa.h"

namespace alice {

Isa BestIsa() {
#if defined(__wasm_relaxed_simd__)
  return Isa::relaxed;
#else
  return ALICE_HAS_SIMD128 != 0 ? Isa::simd128 : Isa::scalar;
#endif
}

}  // namespace alice
