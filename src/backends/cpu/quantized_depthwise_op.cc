#include <algorithm>

#include "backends/cpu/activation_quantizer.h"
#include "backends/cpu/conv_geometry.h"
#include "backends/cpu/depthwise_weights.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/quantized_output.h"
#include "backends/cpu/scratch_layout.h"
#include "backends/cpu/tile_rows.h"
#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"

namespace alice {
namespace {

/// A channels-last depthwise Conv with packed integer weights. Each sample is quantized as a whole, or comes as codes; where
/// a channel has several filters, its codes are repeated for each. Padding is the code of 0.
class QuantizedDepthwiseOp final : public Op {
 public:
  QuantizedDepthwiseOp(const CompileContext& context, std::shared_ptr<DepthwiseWeights> weights)
      : quantizer_(context),
        weights_(std::move(weights)),
        output_(context, weights_->n()),
        attributes_(std::get<ConvAttributes>(context.node.attributes)) {}

  void Prepare(const Graph& graph) override { weights_->Prepare(graph); }
  void Connect(const Connection& connection) override {
    quantizer_.Connect(connection);
    output_.Connect(connection, {.n = weights_->n(),
                                 .k = weights_->k(),
                                 .largest_weight = 255,
                                 .scales = scales(),
                                 .sums = weights_->column_sums()});
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    ALICE_ASSIGN_OR_RETURN(geometry_, ConvGeometry::Of(attributes_, binding.inputs[0], binding.inputs[1]));
    const std::uint64_t pixels = geometry_.pixels;
    tile_ = output_.is_static() ? TileRows(geometry_.outputs, n() * sizeof(float)) : geometry_.outputs;
    ScratchLayout scratch;
    scratch.Place(pixels * geometry_.channels + kBufferSlack);  // codes
    repeated_offset_ = scratch.Place(geometry_.filters > 1 ? pixels * n() + kBufferSlack : 0);
    padding_offset_ = scratch.Place(n() + kBufferSlack);
    kernel_offset_ = scratch.Place(ScratchBytesDepthwiseU8S8S32(weights_->kernel(), geometry_.window));
    floats_offset_ = scratch.Place(output_.is_static() ? std::uint64_t{tile_} * n() * sizeof(float) : 0);
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    std::byte* y = io.outputs[0];
    for (std::size_t sample = 0; sample < geometry_.samples; ++sample) {
      MinMax* const range = quantizer_.connection().gives_ranges ? io.output_ranges + sample : nullptr;
      if (range != nullptr) *range = kEmptyRange;
      ActivationQuantizer::Sample x = quantizer_.SampleOf(io, sample, geometry_.pixels * geometry_.channels,
                                                          reinterpret_cast<std::uint8_t*>(io.scratch));
      if (geometry_.filters > 1) x.codes = Repeated(x.codes, io);
      std::fill_n(io.scratch + padding_offset_, n(), static_cast<std::byte>(x.qparams.zero_point));
      for (std::size_t first = 0; first < geometry_.outputs; first += tile_) {
        const std::size_t count = std::min(tile_, geometry_.outputs - first);
        RunTile(io, x, first, count, y, range);
        y += count * n() * output_.bytes();
      }
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return weights_->bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return weights_->kernel().name; }
  [[nodiscard]] std::span<std::byte> PackedCodes() override { return weights_->codes(); }

 private:
  [[nodiscard]] std::size_t n() const { return weights_->n(); }
  [[nodiscard]] const float* scales() const { return weights_->scales(); }

  const std::uint8_t* Repeated(const std::uint8_t* codes, const OpIo& io) const {
    auto* const repeated = reinterpret_cast<std::uint8_t*>(io.scratch + repeated_offset_);
    for (std::size_t i = 0; i < geometry_.pixels * geometry_.channels; ++i) {
      std::fill_n(repeated + i * geometry_.filters, geometry_.filters, codes[i]);
    }
    return repeated;
  }

  void RunTile(const OpIo& io, const ActivationQuantizer::Sample& x, std::size_t first, std::size_t count, std::byte* y,
               MinMax* range) const {
    const DepthwiseU8S8S32Args args{.window = geometry_.window,
                                    .channels = n(),
                                    .x = x.codes,
                                    .padding = reinterpret_cast<const std::uint8_t*>(io.scratch + padding_offset_),
                                    .packed = weights_->packed(),
                                    .first = first,
                                    .count = count,
                                    .scratch = io.scratch + kernel_offset_};
    if (output_.requantizes()) return weights_->kernel().requantize(args, output_.RequantizationTo(y));
    auto* const floats = reinterpret_cast<float*>(output_.gives_codes() ? io.scratch + floats_offset_ : y);
    weights_->kernel().dequantize(args, {.a_qparams = &x.qparams,
                                         .rows_per_group = count,
                                         .column_sums = weights_->column_sums(),
                                         .weight_scales = scales(),
                                         .bias = output_.bias(),
                                         .activation = output_.activation(),
                                         .y = floats,
                                         .ldy = n(),
                                         .ranges = range,
                                         .rows_per_range = count});
    if (output_.gives_codes()) output_.QuantizeTo(y, floats, count * n());
  }

  ActivationQuantizer quantizer_;
  std::shared_ptr<DepthwiseWeights> weights_;
  QuantizedOutput output_;
  ConvAttributes attributes_;
  ConvGeometry geometry_;
  std::size_t tile_ = 0;
  std::size_t repeated_offset_ = 0;
  std::size_t padding_offset_ = 0;
  std::size_t kernel_offset_ = 0;
  std::size_t floats_offset_ = 0;
};

}  // namespace

CompiledOp CompileQuantizedDepthwise(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(std::shared_ptr<DepthwiseWeights> weights, SharedWeights<DepthwiseWeights>(context));
  return std::unique_ptr<Op>(std::make_unique<QuantizedDepthwiseOp>(context, std::move(weights)));
}

}  // namespace alice
