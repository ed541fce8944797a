#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/check.h"
#include "kernels/isa.h"

namespace alice {

/// The longest k of a u8·s8 product whose int32 accumulator, and zero_point · column_sum, cannot overflow for
/// any operands, −128 included.
inline constexpr std::size_t kMaxReductionU8S8 = 2147483647 / (255 * 128);

/// The same for weights with zero points, where zero_point · Σ(b − zb) and zb · Σa are corrected too.
inline constexpr std::size_t kMaxReductionU8S8Asymmetric = 2147483647 / (255 * (128 + 255 + 128));

/// C = A·B exactly, on raw codes: zero points are corrected afterwards (see dequantize_gemm.h), as
/// Σ (a − za)·b = C − za · column_sum.
struct GemmU8S8S32Args {
  std::size_t m, n, k;          ///< k in [1, kMaxReductionU8S8]
  const std::uint8_t* a;        ///< [m, k], row stride lda ≥ k; each row readable to RoundUp(k, 16) bytes
  std::size_t lda;              ///< (what lies in that pad does not matter)
  const std::int8_t* packed_b;  ///< by PackU8S8S32 for the same kernel
  std::int32_t* c;              ///< [m, n], row stride ldc ≥ n; only the n columns are written
  std::size_t ldc;
};

struct GemmU8S8S32Kernel {
  std::string_view name;
  Isa isa;
  std::size_t mr, nr, kr;
  void (*run)(const GemmU8S8S32Args&);
};

/// Every implementation in this build, the reference first.
std::span<const GemmU8S8S32Kernel> AllGemmU8S8S32();
/// The best implementation that needs nothing above `isa`.
const GemmU8S8S32Kernel& SelectGemmU8S8S32(Isa isa);

/// The size of a packed [k, n] matrix: RoundUp(n, nr) · RoundUp(k, kr).
std::size_t PackedBytesU8S8S32(const GemmU8S8S32Kernel& kernel, std::size_t k, std::size_t n);

/// Packs B for `kernel` in the order of packed_order.h. What lies outside B is 0.
///   b            [k, n] row-major; each code is taken with the bits of `flip` turned over: 0x80 makes s8 codes of u8 ones
///   packed       PackedBytesU8S8S32(kernel, k, n) bytes
///   column_sums  [n], Σ over k of b
void PackU8S8S32(const GemmU8S8S32Kernel& kernel, const std::int8_t* b, std::size_t k, std::size_t n,
                 std::int8_t* packed, std::int32_t* column_sums, std::uint8_t flip = 0);

/// Some columns of one panel of a packed matrix, and what their codes stand for.
struct DecodePanelArgs {
  const void* packed;  ///< s8 codes; or int4 ones, two a byte (numeric/int4.h)
  bool is_int4;
  std::size_t begin;               ///< the place of the panel's first code
  std::size_t k;                   ///< rows of the matrix
  std::size_t first, last;         ///< columns of the panel: [first, last), last ≤ nr
  const float* scales;             ///< of the panel's columns
  const std::int8_t* zero_points;  ///< the same, or null for none
  float* y;                        ///< [k, last − first], row stride ldy
  std::size_t ldy;
};

/// The most columns of a panel that any kernel has.
inline constexpr std::size_t kMaxPanelColumns = 64;

/// y[row, c] = float(code − zero_point[c]) · scale[c], as ONNX DequantizeLinear rounds.
void DecodePanelU8S8S32(const GemmU8S8S32Kernel& kernel, const DecodePanelArgs& args);

#define ALICE_KERNEL(name, isa, mr, nr, kr) void name(const GemmU8S8S32Args& args);
#include "kernels/gemm_u8s8s32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
