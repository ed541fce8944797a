#include <algorithm>
#include <cmath>
#include <numeric>

#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/packed_weights.h"
#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "kernels/quantize_u8/quantize_u8.h"

namespace alice {
namespace {

/// The row alignment that GemmU8S8S32 asks of A.
constexpr std::size_t kRowAlign = 16;

/// A product of u8 activations and packed integer weights: A is quantized (or comes as codes), multiplied exactly in
/// int32 group by group, and dequantized with bias and activation; then quantized again where the next layer takes codes.
///
/// Scratch: u8 rows [m, lda] | int32 accumulators [m, n] | QParams [a_groups] | int32 row sums [m] | int4 panel |
/// f32 rows [m, n].
class QuantizedGemmOp final : public Op {
 public:
  static CompiledOp Compile(const CompileContext& context) {
    ALICE_ASSIGN_OR_RETURN(PackedWeights weights, PackedWeights::Pack(context));
    return std::unique_ptr<Op>(std::make_unique<QuantizedGemmOp>(context, std::move(weights)));
  }

  QuantizedGemmOp(const CompileContext& context, PackedWeights weights)
      : weights_(std::move(weights)),
        min_max_(SelectMinMaxF32(context.isa)),
        quantize_(SelectQuantizeF32U8(context.isa)),
        dequantize_(SelectDequantizeGemm(context.isa)),
        scheme_(context.node.quantized->scheme.activations),
        bias_(context.constant_f32(2)),
        activation_(context.node.activation),
        batched_(!context.input(0).shape.dims.empty() && !context.input(0).shape.dims[0].known()) {}

  void Connect(const Connection& connection) override { connection_ = connection; }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    shape_ = GemmShapeOf(binding.inputs[0], binding.inputs[1], {});
    // A group's last row is read to a multiple of 16 from wherever the group begins.
    const std::size_t overrun = weights_.group_count() > 1 ? kRowAlign : 0;
    lda_ = static_cast<std::size_t>(AlignUp(shape_.k + overrun, kRowAlign));
    const auto samples = batched_ ? static_cast<std::size_t>(binding.samples) : 1;
    const bool is_per_token = scheme_.granularity == ActivationGranularity::per_token;
    rows_per_group_ = is_per_token ? 1 : std::max<std::size_t>(shape_.m / samples, 1);

    std::uint64_t bytes = 0;
    const auto place = [&](std::uint64_t size) {
      const std::uint64_t offset = bytes;
      bytes += AlignUp(size);
      return offset;
    };
    const std::uint64_t m = shape_.m;
    place(m * lda_);
    accumulators_offset_ = place(m * shape_.n * sizeof(std::int32_t));
    qparams_offset_ = place((m / rows_per_group_ + 1) * sizeof(QParams));
    row_sums_offset_ = place(weights_.is_asymmetric() ? m * sizeof(std::int32_t) : 0);
    panel_offset_ = place(weights_.panel_bytes());
    rows_offset_ = place(scheme_.strategy == Strategy::fixed ? m * shape_.n * sizeof(float) : 0);
    return bytes;
  }

  void Run(const OpIo& io) const override {
    const Codes a = connection_.input_is_codes ? GivenCodes(io) : Quantize(io);
    auto* accumulators = reinterpret_cast<std::int32_t*>(io.scratch + accumulators_offset_);
    auto* row_sums = reinterpret_cast<std::int32_t*>(io.scratch + row_sums_offset_);
    auto* y = reinterpret_cast<float*>(connection_.output ? io.scratch + rows_offset_ : io.outputs[0]);
    const std::size_t last = weights_.group_count() - 1;
    for (std::size_t index = 0; index <= last; ++index) {
      const PackedWeights::Group group = weights_.group(index);
      const std::uint8_t* codes = a.data + group.first_row;
      weights_.Multiply(index, shape_.m, codes, a.stride, accumulators, io.scratch + panel_offset_);
      if (group.zero_points != nullptr) SumRows(codes, a.stride, group.rows, row_sums);
      if (io.observer != nullptr && last == 0) {
        io.observer->OnInt8Gemm(io.node, {shape_.m, shape_.n, shape_.k, a.data, a.stride, a.qparams, a.rows_per_group,
                                          accumulators, group.column_sums});
      }
      dequantize_.run({.m = shape_.m,
                       .n = shape_.n,
                       .acc = accumulators,
                       .ld_acc = shape_.n,
                       .a_qparams = a.qparams,
                       .rows_per_group = a.rows_per_group,
                       .column_sums = group.column_sums,
                       .weight_scales = group.scales,
                       .bias = index == last ? bias_ : nullptr,
                       .activation = index == last ? activation_ : Activation{},
                       .y = y,
                       .ldy = shape_.n,
                       .weight_zero_points = group.zero_points,
                       .row_sums = row_sums,
                       .accumulate = index > 0});
    }
    if (connection_.output) {
      quantize_.run(y, shape_.m * shape_.n, *connection_.output, reinterpret_cast<std::uint8_t*>(io.outputs[0]));
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return weights_.bytes(); }

 private:
  /// A quantized.
  struct Codes {
    const std::uint8_t* data;
    std::size_t stride;
    const QParams* qparams;
    std::size_t rows_per_group;
  };

  [[nodiscard]] Codes GivenCodes(const OpIo& io) const {
    return {reinterpret_cast<const std::uint8_t*>(io.inputs[0]), shape_.k, &*connection_.input, shape_.m};
  }

  [[nodiscard]] QParams QParamsOf(MinMax range) const {
    if (scheme_.symmetric) return SymmetricU8(std::max(std::abs(range.min), std::abs(range.max)));
    return AsymmetricU8(range.min, range.max);
  }

  /// Quantizes rows that share a range.
  QParams QuantizeRows(const float* x, std::size_t rows, std::uint8_t* codes) const {
    const auto quantize = [&](QParams q) {
      for (std::size_t row = 0; row < rows; ++row) quantize_.run(x + row * shape_.k, shape_.k, q, codes + row * lda_);
      return q;
    };
    if (connection_.input) return quantize(*connection_.input);
    MinMax range = min_max_.run(x, rows * shape_.k);
    const QuantRange bound = connection_.bound.value_or(QuantRange{range.min, range.max});
    if (range.min >= bound.min && range.max <= bound.max) return quantize(QParamsOf(range));

    // As if x had been clipped first: rounding grows with x, so clipping the codes is the same.
    range = {std::clamp(range.min, bound.min, bound.max), std::clamp(range.max, bound.min, bound.max)};
    const QParams q = quantize(QParamsOf(range));
    const std::uint8_t low = QuantizeU8(range.min, q);
    const std::uint8_t high = QuantizeU8(range.max, q);
    for (std::size_t row = 0; row < rows; ++row) {
      std::uint8_t* row_codes = codes + row * lda_;
      std::transform(row_codes, row_codes + shape_.k, row_codes,
                     [&](std::uint8_t c) { return std::clamp(c, low, high); });
    }
    return q;
  }

  [[nodiscard]] Codes Quantize(const OpIo& io) const {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* a = reinterpret_cast<std::uint8_t*>(io.scratch);
    auto* qparams = reinterpret_cast<QParams*>(io.scratch + qparams_offset_);
    for (std::size_t row = 0; row < shape_.m; row += rows_per_group_) {
      qparams[row / rows_per_group_] = QuantizeRows(x + row * shape_.k, rows_per_group_, a + row * lda_);
    }
    return {a, lda_, qparams, rows_per_group_};
  }

  void SumRows(const std::uint8_t* codes, std::size_t stride, std::size_t columns, std::int32_t* sums) const {
    for (std::size_t row = 0; row < shape_.m; ++row) {
      sums[row] = std::accumulate(codes + row * stride, codes + row * stride + columns, 0);
    }
  }

  PackedWeights weights_;
  const MinMaxF32Kernel& min_max_;
  const QuantizeF32U8Kernel& quantize_;
  const DequantizeGemmKernel& dequantize_;
  ActivationScheme scheme_;
  const float* bias_;
  Activation activation_;
  bool batched_;  ///< the leading axis of A counts samples
  Connection connection_;

  GemmShape shape_;
  std::size_t lda_ = 0;
  std::size_t rows_per_group_ = 1;
  std::uint64_t accumulators_offset_ = 0;
  std::uint64_t qparams_offset_ = 0;
  std::uint64_t row_sums_offset_ = 0;
  std::uint64_t panel_offset_ = 0;
  std::uint64_t rows_offset_ = 0;
};

}  // namespace

CompiledOp CompileQuantizedGemm(const CompileContext& context) { return QuantizedGemmOp::Compile(context); }

}  // namespace alice
