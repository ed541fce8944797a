#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace alice {

/// Whether none of x[0, n) is infinite or NaN: inlined, for the short rows of an inference (of long ones: kernels/finite_f32).
inline bool AllFinite(const float* x, std::size_t n) {
  // The exponent of what is not finite is all ones: one more, and it carries into the sign.
  std::uint32_t carried = 0;
  for (std::size_t i = 0; i < n; ++i) carried |= (std::bit_cast<std::uint32_t>(x[i]) & 0x7f800000u) + 0x00800000u;
  return carried >> 31 == 0;
}

}  // namespace alice
