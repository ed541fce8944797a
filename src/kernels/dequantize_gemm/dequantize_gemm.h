#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/kernel.h"
#include "kernels/quantize_u8/quantize_u8.h"
#include "numeric/activation.h"
#include "numeric/qparams.h"

namespace alice {

/// What becomes of the raw sums of a product [m, n] of codes: floats. With q = a_qparams[row / rows_per_group]:
///
///   y[row, c] = act(float(sum[row, c] − q.zero_point · column_sums[c]) · (q.scale · weight_scales[c]) +
///   bias[c])
///
/// The parenthesis is exact in int32; each float operation rounds on its own, in this order: the chain
/// MatMulInteger → Cast → Mul → Add of an ONNX graph, bit for bit. With weight_zero_points, the parenthesis also
/// subtracts weight_zero_points[c] · row_sums[row]; with accumulate, what y holds is added to the product before the
/// bias. Where `ranges` is given, ranges[row / rows_per_range] is widened to hold every y of the row but NaNs.
struct Dequantization {
  const QParams* a_qparams;         ///< one per row group
  std::size_t rows_per_group;       ///< ≥ 1; m or more for one per tensor, 1 for one per row
  const std::int32_t* column_sums;  ///< [n], Σ over k of b − weight_zero_points
  const float* weight_scales;       ///< [n]
  const float* bias;                ///< [n], or null for none (then nothing is added)
  Activation activation;
  float* y;  ///< [m, n], row stride ldy ≥ n; only the n columns are written; overlaps no input
  std::size_t ldy;
  const std::int8_t* weight_zero_points = nullptr;  ///< [n], or null for symmetric weights
  const std::int32_t* row_sums = nullptr;           ///< [m], Σ over k of a; read with weight_zero_points
  bool accumulate = false;
  MinMax* ranges = nullptr;
  std::size_t rows_per_range = 1;
};

/// The same, straight to the codes that the next integer operator takes, with one multiplication:
///
///   codes[row, c] = clamp(rne(float(sum[row, c] + offsets[c]) · multipliers[c]) + zero_point, low, high)
///
/// The parenthesis is exact in int32. With multipliers a_scale · weight_scale / y_scale this is ONNX QLinearMatMul-10, as
/// ONNX Runtime computes it. With weight_zero_points, the parenthesis also subtracts weight_zero_points[c] · row_sums[row].
struct Requantization {
  const std::int32_t* offsets;  ///< [n], bias − a_zero_point · column sum; the sums with it fit int32
  const float* multipliers;     ///< [n]
  std::int32_t zero_point;      ///< in [0, 255]
  std::uint8_t low, high;       ///< low ≤ high: what an activation leaves of the codes
  std::uint8_t* codes;          ///< [m, n], row stride ld_codes ≥ n; only the n columns are written
  std::size_t ld_codes;
  const std::int8_t* weight_zero_points = nullptr;  ///< [n], or null for symmetric weights
  const std::int32_t* row_sums = nullptr;           ///< [m], Σ over k of a; read with weight_zero_points
  /// No parenthesis times its multiplier can be beyond ±kMostBounded, nor a NaN: what rounds need not be clamped before.
  bool is_bounded = false;
  static constexpr double kMostBounded = 1 << 21;
};

/// Sums that a product has left in memory, and what becomes of them: y may be where they are, as each takes the place of its
/// own sum. A product kernel does the same with sums that are still in registers (gemm_u8s8s32.h).
struct DequantizeGemmArgs {
  std::size_t m, n;
  const std::int32_t* sums;  ///< [m, n], row stride ld_sums
  std::size_t ld_sums;
  Dequantization to;
};

struct RequantizeGemmArgs {
  std::size_t m, n;
  const std::int32_t* sums;  ///< [m, n], row stride ld_sums
  std::size_t ld_sums;
  Requantization to;
};

using DequantizeGemmKernel = Kernel<void(const DequantizeGemmArgs& args)>;
using RequantizeGemmKernel = Kernel<void(const RequantizeGemmArgs& args)>;

std::span<const DequantizeGemmKernel> AllDequantizeGemm();
const DequantizeGemmKernel& SelectDequantizeGemm(Isa isa);
std::span<const RequantizeGemmKernel> AllRequantizeGemm();
const RequantizeGemmKernel& SelectRequantizeGemm(Isa isa);

#define ALICE_KERNEL(name, isa) void name(const DequantizeGemmArgs& args);
#include "kernels/dequantize_gemm/kernels.inc"
#undef ALICE_KERNEL
#define ALICE_KERNEL(name, isa) void name(const RequantizeGemmArgs& args);
#include "kernels/dequantize_gemm/requantize_kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
