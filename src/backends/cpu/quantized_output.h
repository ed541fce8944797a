#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "backends/cpu/ops.h"
#include "backends/static_columns.h"
#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "kernels/quantize_u8/quantize_u8.h"

namespace alice {

/// What becomes of the integer sums [rows, n] of a quantized node: floats with bias and activation, or the codes that the
/// next layer takes.
class QuantizedOutput {
 public:
  QuantizedOutput(const CompileContext& context, std::size_t n);

  /// With a static input the bias is rounded to steps of its scale times the weights' (numeric/bias.h), unless these are
  /// per group, or some step is too small for that. Where codes are wanted then, and the activation only clamps, they are
  /// made from the integer sums by one multiplication.
  void Connect(const Connection& connection, const ProductColumns& columns);

  [[nodiscard]] bool is_static() const { return is_static_; }
  [[nodiscard]] bool gives_codes() const { return output_.has_value(); }
  /// Whether the codes come from RequantizationTo; otherwise, from QuantizeTo.
  [[nodiscard]] bool requantizes() const { return requantizes_; }
  /// Bytes of one element.
  [[nodiscard]] std::size_t bytes() const { return output_ ? 1 : sizeof(float); }
  /// The one that is added; null for none.
  [[nodiscard]] const float* bias() const { return bias_; }
  [[nodiscard]] const Activation& activation() const { return activation_; }

  /// Sums to codes at y; zero points of the weights and sums of rows are left to the caller.
  [[nodiscard]] Requantization RequantizationTo(std::byte* y) const;
  /// The columns [column, column + columns) of floats [rows, n] with bias and activation to codes [rows, n] at y.
  void QuantizeTo(std::byte* y, const float* floats, std::size_t rows, std::size_t column, std::size_t columns) const;

 private:
  /// What one column needs to be requantized.
  [[nodiscard]] float* rounded_bias() const { return columns_->as<float>(); }
  [[nodiscard]] float* multipliers() const { return columns_->as<float>() + n_; }
  [[nodiscard]] std::int32_t* offsets() const { return columns_->as<std::int32_t>() + 2 * n_; }

  const QuantizeF32U8Kernel* quantize_;
  std::size_t n_;
  bool is_static_;
  const float* float_bias_;
  /// f32, f32 and s32 [n], where the activations are static and the weights not scaled per group; else null.
  std::shared_ptr<const Buffer> columns_;
  const float* bias_;
  bool requantizes_ = false;
  bool is_bounded_ = false;  ///< Requantization::is_bounded
  Activation activation_;
  std::optional<QParams> output_;
  std::uint8_t low_ = 0, high_ = 255;  ///< what the activation leaves of the output's codes
};

}  // namespace alice
