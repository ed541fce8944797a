#include <algorithm>
#include <vector>

#include "backends/cpu/activation_quantizer.h"
#include "backends/cpu/conv_geometry.h"
#include "backends/cpu/depthwise_weights.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/product_pieces.h"
#include "backends/cpu/quantized_output.h"
#include "backends/cpu/scratch_layout.h"
#include "backends/cpu/shared_range.h"
#include "backends/cpu/tile_rows.h"
#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"
#include "kernels/dequantize_gemm/part.h"

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
    const std::size_t tile = output_.is_static() ? TileRows(geometry_.outputs, n() * sizeof(float)) : geometry_.outputs;
    pieces_ = ProductPieces::OfDepthwise(geometry_.window, n(), tile, binding.threads);
    ScratchLayout scratch;
    scratch.Place(pixels * geometry_.channels + kBufferSlack);  // codes
    repeated_offset_ = scratch.Place(geometry_.filters > 1 ? pixels * n() + kBufferSlack : 0);
    padding_offset_ = scratch.Place(n() + kBufferSlack);
    own_offset_ = static_cast<std::size_t>(scratch.bytes());
    ScratchLayout own;
    own.Place(ScratchBytesDepthwiseU8S8S32(weights_->kernel(), geometry_.window));
    floats_offset_ = own.Place(output_.is_static() ? std::uint64_t{tile} * n() * sizeof(float) : 0);
    own_bytes_ = static_cast<std::size_t>(own.bytes());
    return scratch.bytes() + own.bytes() * binding.threads;
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
      const std::size_t row_bytes = n() * output_.bytes();
      SharedRange shared(range, io.threads);
      pieces_.ForEach(
          io.threads, true,
          [&](std::size_t first, std::size_t count, std::size_t channel, std::size_t channels, std::size_t thread) {
            const Part part{first, count, channel, channels};
            if (io.observer != nullptr) Show(io, x, sample * geometry_.outputs, part, thread);
            RunPart(io, x, part, y + first * row_bytes, shared.Of(thread), thread);
          });
      shared.Join();
      y += geometry_.outputs * row_bytes;
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return weights_->bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return weights_->kernel().name; }
  [[nodiscard]] std::span<std::byte> PackedCodes() override { return weights_->codes(); }

 private:
  /// Outputs of a sample, and channels of these.
  struct Part {
    std::size_t first, count;
    std::size_t channel, channels;
  };

  [[nodiscard]] std::size_t n() const { return weights_->n(); }
  [[nodiscard]] const float* scales() const { return weights_->scales(); }

  const std::uint8_t* Repeated(const std::uint8_t* codes, const OpIo& io) const {
    auto* const repeated = reinterpret_cast<std::uint8_t*>(io.scratch + repeated_offset_);
    for (std::size_t i = 0; i < geometry_.pixels * geometry_.channels; ++i) {
      std::fill_n(repeated + i * geometry_.filters, geometry_.filters, codes[i]);
    }
    return repeated;
  }

  [[nodiscard]] std::byte* OwnScratch(const OpIo& io, std::size_t thread) const {
    return io.scratch + own_offset_ + thread * own_bytes_;
  }

  [[nodiscard]] DepthwiseU8S8S32Args ArgsOf(const OpIo& io, const ActivationQuantizer::Sample& x, const Part& part,
                                            std::size_t thread) const {
    return {.window = geometry_.window,
            .channels = part.channels,
            .pixel = n(),
            .x = x.codes + part.channel,
            .padding = reinterpret_cast<const std::uint8_t*>(io.scratch + padding_offset_) + part.channel,
            .packed = weights_->packed(part.channel),
            .first = part.first,
            .count = part.count,
            .scratch = OwnScratch(io, thread)};
  }

  /// Shows the sums, which otherwise never leave the registers, to who looks on: all channels of them.
  void Show(const OpIo& io, const ActivationQuantizer::Sample& x, std::size_t row_of_sample, const Part& part,
            std::size_t thread) const {
    std::vector<std::int32_t> sums(part.count * n());
    weights_->kernel().sums(ArgsOf(io, x, part, thread), {sums.data()});
    io.observer->OnInt8Gemm(io.node, {.first_row = row_of_sample + part.first,
                                      .m = part.count,
                                      .n = n(),
                                      .k = weights_->k(),
                                      .a = nullptr,
                                      .lda = 0,
                                      .a_qparams = &x.qparams,
                                      .rows_per_group = part.count,
                                      .accumulators = sums.data(),
                                      .column_sums = weights_->column_sums()});
  }

  /// `y` is where the first output's row begins.
  void RunPart(const OpIo& io, const ActivationQuantizer::Sample& x, const Part& part, std::byte* y, MinMax* range,
               std::size_t thread) const {
    const DepthwiseU8S8S32Args args = ArgsOf(io, x, part, thread);
    if (output_.requantizes()) {
      return weights_->kernel().requantize(args, PartOf(output_.RequantizationTo(y), part.channel));
    }
    auto* const floats = reinterpret_cast<float*>(output_.gives_codes() ? OwnScratch(io, thread) + floats_offset_ : y);
    const Dequantization all_channels{.a_qparams = &x.qparams,
                                      .rows_per_group = part.count,
                                      .column_sums = weights_->column_sums(),
                                      .weight_scales = scales(),
                                      .bias = output_.bias(),
                                      .activation = output_.activation(),
                                      .y = floats,
                                      .ldy = n(),
                                      .ranges = range,
                                      .rows_per_range = part.count};
    weights_->kernel().dequantize(args, PartOf(all_channels, part.channel));
    if (output_.gives_codes()) output_.QuantizeTo(y, floats, part.count, part.channel, part.channels);
  }

  ActivationQuantizer quantizer_;
  std::shared_ptr<DepthwiseWeights> weights_;
  QuantizedOutput output_;
  ConvAttributes attributes_;
  ConvGeometry geometry_;
  ProductPieces pieces_;  ///< of the outputs of one sample, and of channels
  std::size_t repeated_offset_ = 0;
  std::size_t padding_offset_ = 0;
  std::size_t own_offset_ = 0;
  std::size_t own_bytes_ = 0;      ///< of each thread's scratch, the kernel's first
  std::size_t floats_offset_ = 0;  ///< in it
};

}  // namespace

CompiledOp CompileQuantizedDepthwise(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(std::shared_ptr<DepthwiseWeights> weights, SharedWeights<DepthwiseWeights>(context));
  return std::unique_ptr<Op>(std::make_unique<QuantizedDepthwiseOp>(context, std::move(weights)));
}

}  // namespace alice
