#include "backends/cpu/quantized_output.h"

#include "kernels/activation_f32/clamp_bounds.h"

namespace alice {

QuantizedOutput::QuantizedOutput(const CompileContext& context, std::size_t n)
    : quantize_(&SelectQuantizeF32U8(context.isa)),
      n_(n),
      is_static_(context.node.quantized->scheme.activations.strategy == Strategy::fixed),
      float_bias_(context.constant_f32(2)),
      bias_(float_bias_),
      activation_(context.node.activation) {
  if (!is_static_ || context.node.quantized->scheme.weights.granularity == Granularity::per_group) return;
  constexpr std::uint64_t kColumnBytes = 2 * sizeof(float) + sizeof(std::int32_t);
  columns_ = context.holdings.Ask(MemoryKind::scales, n_ * kColumnBytes);
}

void QuantizedOutput::Connect(const Connection& connection, const ProductColumns& columns) {
  output_ = connection.output;
  bias_ = float_bias_;
  requantizes_ = false;
  if (columns_ == nullptr || !connection.input) return;
  const std::optional<double> largest =
      FillStaticColumns(connection, float_bias_, columns, {rounded_bias(), multipliers(), offsets()});
  if (!largest) return;
  is_bounded_ = *largest <= Requantization::kMostBounded;
  if (float_bias_ != nullptr) bias_ = rounded_bias();
  const ClampBounds bounds = ClampBoundsOf(activation_);
  requantizes_ = output_ && bounds.complete;
  if (!requantizes_) return;
  low_ = QuantizeU8(bounds.low, *output_);
  high_ = QuantizeU8(bounds.high, *output_);
}

Requantization QuantizedOutput::RequantizationTo(std::byte* y) const {
  return {.offsets = offsets(),
          .multipliers = multipliers(),
          .zero_point = output_->zero_point,
          .low = low_,
          .high = high_,
          .codes = reinterpret_cast<std::uint8_t*>(y),
          .ld_codes = n_,
          .is_bounded = is_bounded_};
}

void QuantizedOutput::QuantizeTo(std::byte* y, const float* floats, std::size_t rows, std::size_t column,
                                 std::size_t columns) const {
  auto* const codes = reinterpret_cast<std::uint8_t*>(y);
  if (columns == n_) return quantize_->run(floats, rows * n_, *output_, codes);
  for (std::size_t at = column; at < rows * n_; at += n_) quantize_->run(floats + at, columns, *output_, codes + at);
}

}  // namespace alice
