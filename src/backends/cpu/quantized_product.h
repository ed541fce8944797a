#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "backends/cpu/ops.h"
#include "backends/cpu/packed_weights.h"
#include "kernels/dequantize_gemm/dequantize_gemm.h"

namespace alice {

/// Rows of u8 codes times a node's packed integer weights [k, n]: exact in int32 group by group, dequantized with bias and
/// activation, or requantized at once where the next layer takes codes.
class QuantizedProduct {
 public:
  /// Errors: as PackedWeights::Pack.
  static Result<QuantizedProduct> Create(const CompileContext& context);

  /// A [rows, k], quantized.
  struct Codes {
    const std::uint8_t* data;
    std::size_t stride;
    const QParams* qparams;  ///< one for each `rows_per_group` rows
    std::size_t rows_per_group;
  };

  void Connect(const std::optional<QParams>& output) { output_ = output; }

  [[nodiscard]] std::size_t k() const { return weights_.k(); }
  [[nodiscard]] std::size_t n() const { return weights_.n(); }
  /// The row stride with which codes are to be laid out for the product.
  [[nodiscard]] std::size_t row_stride() const;

  /// Lays scratch out for products of up to `rows` rows; gives its bytes.
  std::uint64_t Bind(std::size_t rows);
  /// y [rows, n]: f32, or u8 codes of the output's parameters where those are set. Tells io.observer.
  void Run(const Codes& a, std::size_t rows, std::byte* y, std::byte* scratch, const OpIo& io) const;

  [[nodiscard]] std::size_t bytes() const { return weights_.bytes(); }

 private:
  QuantizedProduct(const CompileContext& context, PackedWeights weights);

  PackedWeights weights_;
  const DequantizeGemmKernel* dequantize_;
  const RequantizeGemmKernel* requantize_;
  bool is_static_;
  const float* bias_;
  Activation activation_;
  std::optional<QParams> output_;
  std::size_t row_sums_offset_ = 0;
  std::size_t panel_offset_ = 0;
  std::size_t floats_offset_ = 0;
};

}  // namespace alice
