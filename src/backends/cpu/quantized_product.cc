#include "backends/cpu/quantized_product.h"

#include <numeric>

#include "backends/cpu/scratch_layout.h"
#include "numeric/bias.h"

namespace alice {
namespace {

/// The row alignment that GemmU8S8S32 asks of A.
constexpr std::size_t kRowAlign = 16;

void SumRows(const std::uint8_t* codes, std::size_t stride, std::size_t rows, std::size_t columns, std::int32_t* sums) {
  for (std::size_t row = 0; row < rows; ++row) {
    sums[row] = std::accumulate(codes + row * stride, codes + row * stride + columns, 0);
  }
}

}  // namespace

Result<QuantizedProduct> QuantizedProduct::Create(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(PackedWeights weights, PackedWeights::Pack(context));
  Buffer rounded_bias;
  const bool is_static = context.node.quantized->scheme.activations.strategy == Strategy::fixed;
  if (is_static && context.has_input(2) && weights.group_count() == 1) {
    ALICE_ASSIGN_OR_RETURN(
        rounded_bias, Buffer::Allocate(context.budget, MemoryKind::scales, std::uint64_t{weights.n()} * sizeof(float)));
  }
  return QuantizedProduct(context, std::move(weights), std::move(rounded_bias));
}

void QuantizedProduct::Connect(const Connection& connection) {
  output_ = connection.output;
  bias_ = float_bias_;
  if (rounded_bias_.bytes() == 0 || !connection.input) return;
  const float* weight_scales = weights_.group(0).scales;
  auto* rounded = rounded_bias_.as<float>();
  for (std::size_t c = 0; c < n(); ++c) {
    const float scale = connection.input->scale * weight_scales[c];
    const std::optional<std::int32_t> code = BiasCode(float_bias_[c], scale);
    if (!code) return;
    rounded[c] = BiasOf(*code, scale);
  }
  bias_ = rounded;
}

QuantizedProduct::QuantizedProduct(const CompileContext& context, PackedWeights weights, Buffer rounded_bias)
    : weights_(std::move(weights)),
      dequantize_(&SelectDequantizeGemm(context.isa)),
      requantize_(&SelectRequantizeGemm(context.isa)),
      is_static_(context.node.quantized->scheme.activations.strategy == Strategy::fixed),
      float_bias_(context.constant_f32(2)),
      rounded_bias_(std::move(rounded_bias)),
      bias_(float_bias_),
      activation_(context.node.activation) {}

std::size_t QuantizedProduct::row_stride() const {
  // A group's last row is read to a multiple of 16 from wherever the group begins.
  const std::size_t overrun = weights_.group_count() > 1 ? kRowAlign : 0;
  return static_cast<std::size_t>(AlignUp(k() + overrun, kRowAlign));
}

std::uint64_t QuantizedProduct::Bind(std::size_t rows) {
  ScratchLayout scratch;
  scratch.Place(std::uint64_t{rows} * n() * sizeof(std::int32_t));  // accumulators
  row_sums_offset_ = scratch.Place(weights_.is_asymmetric() ? rows * sizeof(std::int32_t) : 0);
  panel_offset_ = scratch.Place(weights_.panel_bytes());
  const bool has_partial_sums = is_static_ && weights_.group_count() > 1;
  floats_offset_ = scratch.Place(has_partial_sums ? std::uint64_t{rows} * n() * sizeof(float) : 0);
  return scratch.bytes();
}

void QuantizedProduct::Run(const Codes& a, std::size_t rows, std::byte* y, std::byte* scratch, const OpIo& io) const {
  auto* accumulators = reinterpret_cast<std::int32_t*>(scratch);
  auto* row_sums = reinterpret_cast<std::int32_t*>(scratch + row_sums_offset_);
  auto* floats = reinterpret_cast<float*>(output_ ? scratch + floats_offset_ : y);
  const std::size_t last = weights_.group_count() - 1;
  for (std::size_t index = 0; index <= last; ++index) {
    const PackedWeights::Group group = weights_.group(index);
    const std::uint8_t* codes = a.data + group.first_row;
    weights_.Multiply(index, rows, codes, a.stride, accumulators, scratch + panel_offset_);
    if (group.zero_points != nullptr) SumRows(codes, a.stride, rows, group.rows, row_sums);
    if (io.observer != nullptr && last == 0) {
      io.observer->OnInt8Gemm(
          io.node, {rows, n(), k(), a.data, a.stride, a.qparams, a.rows_per_group, accumulators, group.column_sums});
    }
    const DequantizeGemmArgs product{.m = rows,
                                     .n = n(),
                                     .acc = accumulators,
                                     .ld_acc = n(),
                                     .a_qparams = a.qparams,
                                     .rows_per_group = a.rows_per_group,
                                     .column_sums = group.column_sums,
                                     .weight_scales = group.scales,
                                     .bias = index == last ? bias_ : nullptr,
                                     .activation = index == last ? activation_ : Activation{},
                                     .y = floats,
                                     .ldy = n(),
                                     .weight_zero_points = group.zero_points,
                                     .row_sums = row_sums,
                                     .accumulate = index > 0};
    if (output_ && index == last) {
      requantize_->run({product, *output_, reinterpret_cast<std::uint8_t*>(y), n()});
    } else {
      dequantize_->run(product);
    }
  }
}

}  // namespace alice
