#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/check.h"
#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "kernels/dot_meaning.h"
#include "kernels/isa.h"

namespace alice {

/// The longest k of a u8·s8 product whose int32 accumulator, and zero_point · column_sum, cannot overflow for
/// any operands, −128 included.
inline constexpr std::size_t kMaxReductionU8S8 = 2147483647 / (255 * 128);

/// The same for weights with zero points, where zero_point · Σ(b − zb) and zb · Σa are corrected too.
inline constexpr std::size_t kMaxReductionU8S8Asymmetric = 2147483647 / (255 * (128 + 255 + 128));

inline constexpr std::size_t kGemmU8S8S32RowAlign = 16;

/// A·B exactly, on raw codes: zero points are corrected afterwards (see dequantize_gemm.h), as
/// Σ (a − za)·b = A·B − za · column_sum.
struct GemmU8S8S32Args {
  std::size_t m, n, k;    ///< k in [1, kMaxReductionU8S8]
  const std::uint8_t* a;  ///< [m, k], row stride lda ≥ k; each row readable to AlignUp(k, kGemmU8S8S32RowAlign)
  std::size_t lda;        ///< (what lies in that pad does not matter)
  const void* packed_b;   ///< by PackU8S8S32 for the same kernel
  bool is_int4;           ///< and with the same is_int4
  std::byte* scratch;     ///< ScratchBytesU8S8S32(kernel, m, k) bytes
};

/// Where the sums of a product go as they are: c [m, n], row stride ldc ≥ n; only the n columns are written.
struct GemmSums {
  std::int32_t* c;
  std::size_t ldc;
};

/// One implementation, with what it can do to the sums of a tile while they are in registers.
struct GemmU8S8S32Kernel {
  std::string_view name;
  Isa isa;
  std::size_t mr, nr, kr;  ///< a tile of mr × nr outputs; B packed in groups of kr along k
  DotMeaning
      dot;  ///< what it needs of the relaxed dot product. signed_signed: a panel begins with 128 · its columns' sums, as the codes of A lose 128
  std::size_t a_bytes;  ///< of scratch that each code of A takes
  void (*sums)(const GemmU8S8S32Args&, const GemmSums&);
  void (*dequantize)(const GemmU8S8S32Args&, const Dequantization&);  ///< the same as DequantizeGemm of the sums
  void (*requantize)(const GemmU8S8S32Args&, const Requantization&);  ///< the same as RequantizeGemm of the sums
};

/// Every implementation in this build, the reference first.
std::span<const GemmU8S8S32Kernel> AllGemmU8S8S32();
/// The best implementation that needs nothing above `isa`, nor a relaxed dot product that this machine has not, or only
/// slowly (RelaxedDotTrial). The first call for Isa::relaxed takes a few milliseconds, some forty where the instruction is
/// slow.
const GemmU8S8S32Kernel& SelectGemmU8S8S32(Isa isa);

/// What the machine's relaxed dot product was found to be, once.
struct DotTrial {
  DotMeaning meaning = DotMeaning::none;
  /// Of its kernel over the best one without it, timed on this machine; 0 where that was not to be found out.
  double speedup = 0.0;
};
const DotTrial& RelaxedDotTrial();

std::size_t ScratchBytesU8S8S32(const GemmU8S8S32Kernel& kernel, std::size_t m, std::size_t k);

/// Bytes of one panel of nr columns: its head, and RoundUp(k, kr) · nr codes of a byte, or two a byte.
std::size_t PanelBytesU8S8S32(const GemmU8S8S32Kernel& kernel, std::size_t k, bool is_int4);
/// Of all the panels of a packed [k, n] matrix.
std::size_t PackedBytesU8S8S32(const GemmU8S8S32Kernel& kernel, std::size_t k, std::size_t n, bool is_int4 = false);

/// Packs B for `kernel`: panels of nr columns; in a panel, behind its head, groups of kr rows; in a group, column after
/// column. What lies outside B is 0. int4 codes lie two a byte: the first half of a group's in the low nibbles, the second
/// in the high ones, each plus 8.
///   b            [k, n] row-major with row stride ldb (0: n), of s8, or where is_int4 of int4 (numeric/int4.h) from its element `first` on; each s8
///                code is taken with the bits of `flip` turned over: 0x80 makes s8 codes of u8 ones
///   packed       PackedBytesU8S8S32(kernel, k, n, is_int4) bytes
///   column_sums  [n], Σ over k of b
struct PackU8S8S32Args {
  std::size_t k, n;
  const void* b;
  void* packed;
  std::int32_t* column_sums;
  std::uint8_t flip = 0;
  bool is_int4 = false;
  std::size_t first = 0;
  std::size_t ldb = 0;
};
void PackU8S8S32(const GemmU8S8S32Kernel& kernel, const PackU8S8S32Args& args);

/// Some columns of one panel of a packed matrix, and what their codes stand for.
struct DecodePanelArgs {
  const void* panel;
  bool is_int4;
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

#define ALICE_KERNEL(name, isa, mr, nr, kr, dot, a_bytes)                          \
  struct name {                                                                    \
    static void Sums(const GemmU8S8S32Args& args, const GemmSums& to);             \
    static void Dequantize(const GemmU8S8S32Args& args, const Dequantization& to); \
    static void Requantize(const GemmU8S8S32Args& args, const Requantization& to); \
  };
#include "kernels/gemm_u8s8s32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
