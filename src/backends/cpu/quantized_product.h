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

  /// With a static input the bias is rounded to steps of its scale times the weights' (numeric/bias.h), unless these are
  /// per group, or some step is too small for that.
  void Connect(const Connection& connection);

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
  QuantizedProduct(const CompileContext& context, PackedWeights weights, Buffer rounded_bias);

  PackedWeights weights_;
  const DequantizeGemmKernel* dequantize_;
  const RequantizeGemmKernel* requantize_;
  bool is_static_;
  const float* float_bias_;
  Buffer rounded_bias_;  ///< f32 [n], where the activations are static and there is a bias
  const float* bias_;    ///< the one that is added
  Activation activation_;
  std::optional<QParams> output_;
  std::size_t row_sums_offset_ = 0;
  std::size_t panel_offset_ = 0;
  std::size_t floats_offset_ = 0;
};

}  // namespace alice
