#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace alice {

/// What i32x4.relaxed_dot_i8x16_i7x16_add_s, which multiplies signed bytes with 7-bit ones, makes of bytes above 127 in its
/// second operand. Without VNNI or the like a machine may add pairs of products in 16 bits that saturate, and more: `none`
/// stands for whatever is exact neither way.
enum class DotMeaning : std::uint8_t { none, unsigned_signed, signed_signed };

constexpr std::string_view DotMeaningName(DotMeaning meaning) {
  switch (meaning) {
    case DotMeaning::none:
      return "none";
    case DotMeaning::unsigned_signed:
      return "unsigned_signed";
    case DotMeaning::signed_signed:
      return "signed_signed";
  }
  return "?";
}

/// One run of such an instruction: sums [4] += Σ over each four bytes of weights [16] · codes [16].
using DotFunction = void(const std::int8_t* weights, const std::uint8_t* codes, std::int32_t* sums);

/// The meaning of `dot`, from operands that tell them apart, at the ends of their ranges.
DotMeaning ProbeDot(DotFunction* dot);

/// That of this machine's instruction; of a build without relaxed SIMD, none; of the host's emulation, unsigned_signed.
DotMeaning MachineDot();

}  // namespace alice
