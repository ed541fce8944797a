#include "backends/cpu/quantized_output.h"

#include <cmath>
#include <limits>

#include "kernels/activation_f32/clamp_bounds.h"
#include "numeric/bias.h"

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

void QuantizedOutput::Connect(const Connection& connection, const Columns& columns) {
  output_ = connection.output;
  bias_ = float_bias_;
  requantizes_ = false;
  if (columns_ == nullptr || !connection.input || !FillColumns(connection, columns)) return;
  if (float_bias_ != nullptr) bias_ = rounded_bias();
  const ClampBounds bounds = ClampBoundsOf(activation_);
  requantizes_ = output_ && bounds.complete;
  if (!requantizes_) return;
  low_ = QuantizeU8(bounds.low, *output_);
  high_ = QuantizeU8(bounds.high, *output_);
}

bool QuantizedOutput::FillColumns(const Connection& connection, const Columns& columns) {
  const std::int64_t largest_sum = static_cast<std::int64_t>(columns.k) * 255 * columns.largest_weight;
  for (std::size_t c = 0; c < n_; ++c) {
    const float scale = connection.input->scale * columns.scales[c];
    const std::optional<std::int32_t> code = float_bias_ == nullptr ? 0 : BiasCode(float_bias_[c], scale);
    if (!code || std::abs(std::int64_t{*code}) + largest_sum > std::numeric_limits<std::int32_t>::max()) return false;
    rounded_bias()[c] = BiasOf(*code, scale);
    // Of those together that can be summed, int32 holds every partial sum modulo 2^32.
    const std::int64_t offset = *code - std::int64_t{connection.input->zero_point} * columns.sums[c];
    offsets()[c] = static_cast<std::int32_t>(static_cast<std::uint32_t>(offset));
    multipliers()[c] = connection.output ? scale / connection.output->scale : 0.0f;
  }
  return true;
}

Requantization QuantizedOutput::RequantizationTo(std::byte* y) const {
  return {.offsets = offsets(),
          .multipliers = multipliers(),
          .zero_point = output_->zero_point,
          .low = low_,
          .high = high_,
          .codes = reinterpret_cast<std::uint8_t*>(y),
          .ld_codes = n_};
}

void QuantizedOutput::QuantizeTo(std::byte* y, const float* values, std::size_t count) const {
  quantize_->run(values, count, *output_, reinterpret_cast<std::uint8_t*>(y));
}

}  // namespace alice
