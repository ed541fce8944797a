#include "backends/webgl/integer_weights.h"

#include <algorithm>

#include "backends/static_columns.h"
#include "kernels/activation_f32/clamp_bounds.h"
#include "numeric/int4.h"

namespace alice::webgl {
namespace {

/// The scale or zero point of a column of a group.
std::size_t ScaleIndex(const ScaleGrid& grid, std::size_t group, std::size_t column) {
  return group * grid.columns + (grid.columns == 1 ? 0 : column);
}

}  // namespace

Result<IntegerWeights> IntegerWeights::Create(const DrawContext& context, std::size_t k, std::size_t n) {
  const QuantizedForm& form = *context.node().quantized;
  const ScaleGrid grid = ScaleGridOf(k, n, form.scheme.weights);
  IntegerWeights weights;
  weights.k_ = k;
  weights.n_ = n;
  weights.groups_ = grid.rows;
  weights.group_rows_ = std::min(grid.group_rows, k);
  weights.is_asymmetric_ = form.zero_points != kNoValue;
  ALICE_RETURN_IF_ERROR(weights.PackCodes(context));
  ALICE_RETURN_IF_ERROR(weights.PackColumns(context));
  return weights;
}

Status IntegerWeights::PackCodes(const DrawContext& context) {
  const QuantizedForm& form = *context.node().quantized;
  const std::byte* const data = context.graph.value(form.weights).constant->view().data;
  const bool is_int4 = form.scheme.weights.type == WeightType::int4;
  const auto code = [&](std::size_t index) {
    return is_int4 ? LoadInt4(reinterpret_cast<const std::uint8_t*>(data), index)
                   : reinterpret_cast<const std::int8_t*>(data)[index];
  };
  const std::int8_t* zero_points =
      is_asymmetric_ ? context.graph.value(form.zero_points).constant->elements<const std::int8_t>().data() : nullptr;
  const ScaleGrid grid = ScaleGridOf(k_, n_, form.scheme.weights);
  ALICE_ASSIGN_OR_RETURN(const SegmentBuilder::Constant packed,
                         context.builder.AddConstant(groups_ * words() * quads() * kTexelBytes));
  codes_ = packed.slot;
  column_sums_.assign(groups_ * n_, 0);
  for (std::size_t row = 0; row < k_; ++row) {
    const std::size_t group = row / group_rows_;
    const std::size_t in_group = row % group_rows_;
    const std::size_t texel = (group * words() + in_group / 4) * quads();
    for (std::size_t c = 0; c < n_; ++c) {
      const std::int8_t value = code(row * n_ + c);
      packed.bytes[texel * kTexelBytes + c * 4 + in_group % 4] = static_cast<std::byte>(value);
      column_sums_[group * n_ + c] += value - (zero_points == nullptr ? 0 : zero_points[ScaleIndex(grid, group, c)]);
    }
  }
  return {};
}

Status IntegerWeights::PackColumns(const DrawContext& context) {
  const Node& node = context.node();
  const QuantizedForm& form = *node.quantized;
  const Connection& connection = context.at.connection;
  const ScaleGrid grid = ScaleGridOf(k_, n_, form.scheme.weights);
  const float* const scales = context.graph.value(form.scales).constant->elements<const float>().data();
  const float* bias = context.constant_f32(2);
  has_bias_ = bias != nullptr;

  std::vector<float> column_scales(n_);
  for (std::size_t c = 0; c < n_; ++c) column_scales[c] = scales[ScaleIndex(grid, 0, c)];
  std::vector<float> rounded_bias(n_), multipliers(n_);
  std::vector<std::int32_t> offsets(n_);
  is_static_ = connection.input.has_value();
  const bool has_steps = is_static_ && form.scheme.weights.granularity != Granularity::per_group;
  if (has_steps && FillStaticColumns(connection, bias,
                                     {.n = n_,
                                      .k = k_,
                                      .largest_weight = is_asymmetric_ ? 255 : 128,
                                      .scales = column_scales.data(),
                                      .sums = column_sums_.data()},
                                     {rounded_bias.data(), multipliers.data(), offsets.data()})) {
    if (has_bias_) bias = rounded_bias.data();
    const ClampBounds bounds = ClampBoundsOf(node.activation);
    requantizes_ = connection.output && bounds.complete;
    if (requantizes_) {
      zero_point_ = connection.output->zero_point;
      low_ = QuantizeU8(bounds.low, *connection.output);
      high_ = QuantizeU8(bounds.high, *connection.output);
    }
  }

  ALICE_ASSIGN_OR_RETURN(const SegmentBuilder::Constant packed,
                         context.builder.AddConstant(groups_ * quads() * 4 * kTexelBytes));
  columns_ = packed.slot;
  auto* const words = reinterpret_cast<std::int32_t*>(packed.bytes.data());
  const std::int8_t* zero_points =
      is_asymmetric_ ? context.graph.value(form.zero_points).constant->elements<const std::int8_t>().data() : nullptr;
  for (std::size_t group = 0; group < groups_; ++group) {
    for (std::size_t c = 0; c < n_; ++c) {
      const std::size_t scale = ScaleIndex(grid, group, c);
      std::int32_t* const to = words + (group * quads() + c / 4) * 16 + c % 4;
      to[0] = std::bit_cast<std::int32_t>(requantizes_ ? multipliers[c] : scales[scale]);
      to[4] = requantizes_ ? offsets[c] : column_sums_[group * n_ + c];
      to[8] = zero_points == nullptr ? 0 : zero_points[scale];
      to[12] = has_bias_ ? std::bit_cast<std::int32_t>(bias[c]) : 0;
    }
  }
  return {};
}

}  // namespace alice::webgl
