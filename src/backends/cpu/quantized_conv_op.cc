#include "backends/cpu/activation_quantizer.h"
#include "backends/cpu/conv_geometry.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/product_pieces.h"
#include "backends/cpu/quantized_product.h"
#include "backends/cpu/scratch_layout.h"
#include "backends/cpu/shared_range.h"

namespace alice {
namespace {

/// A channels-last Conv with packed integer weights, unless it is depthwise. Each sample is quantized as a whole, or comes as
/// codes, and tiles of its patches, those of each group, are gathered and multiplied; padding is the code of 0. Where patches are pixels as they lie, a
/// tile is quantized when its turn comes. Per token, each patch has a range of its own: patches are gathered in floats then.
/// Scratch holds the codes of one sample, where it is quantized as a whole, and a tile for each thread.
class QuantizedConvOp final : public Op {
 public:
  QuantizedConvOp(const CompileContext& context, QuantizedProduct product)
      : quantizer_(context),
        product_(std::move(product)),
        attributes_(std::get<ConvAttributes>(context.node.attributes)) {}

  void Prepare(const Graph& graph) override { product_.Prepare(graph); }
  void Connect(const Connection& connection) override {
    quantizer_.Connect(connection);
    product_.Connect(connection);
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    ALICE_ASSIGN_OR_RETURN(geometry_, ConvGeometry::Of(attributes_, binding.inputs[0], binding.inputs[1]));
    tile_ = geometry_.tile(geometry_.groups);
    const std::uint64_t tile = tile_;
    pieces_ = {{.units = geometry_.outputs,
                .columns = product_.n(),
                .k = geometry_.groups * product_.k(),
                .rows_lie = geometry_.is_pointwise()},
               tile_,
               product_.panel_columns(),
               binding.threads};
    ScratchLayout scratch;
    scratch.Place(is_per_token() || geometry_.is_pointwise()
                      ? 0
                      : std::uint64_t{geometry_.pixels} * geometry_.channels + kBufferSlack);
    tiles_offset_ = static_cast<std::size_t>(scratch.bytes());
    ScratchLayout own;
    own.Place(geometry_.groups * tile * product_.row_stride());
    floats_offset_ = own.Place(is_per_token() ? tile * geometry_.patch * sizeof(float) : 0);
    qparams_offset_ = own.Place((is_per_token() ? tile : 1) * sizeof(QParams));
    product_offset_ = own.Place(product_.Bind(tile_));
    tile_bytes_ = static_cast<std::size_t>(own.bytes());
    return scratch.bytes() + own.bytes() * binding.threads;
  }

  void Run(const OpIo& io) const override {
    const std::size_t sample_elements = geometry_.pixels * geometry_.channels;
    std::byte* y = io.outputs[0];
    for (std::size_t sample = 0; sample < geometry_.samples; ++sample) {
      MinMax* const range = quantizer_.connection().gives_ranges ? io.output_ranges + sample : nullptr;
      if (range != nullptr) *range = kEmptyRange;
      const auto* x = reinterpret_cast<const float*>(io.inputs[0]) + sample * sample_elements;
      ActivationQuantizer::Sample image{};
      ActivationQuantizer::Grid grid;
      if (!is_per_token()) {
        if (geometry_.is_pointwise() && !quantizer_.connection().input_is_codes) {
          grid = quantizer_.GridOfSample(io, sample, sample_elements);
        } else {
          image = quantizer_.SampleOf(io, sample, sample_elements, reinterpret_cast<std::uint8_t*>(io.scratch));
        }
      }
      const std::size_t row_bytes = product_.n() * product_.output_bytes();
      SharedRange shared(range, io.threads);
      pieces_.ForEach(
          io.threads, true,
          [&](std::size_t first, std::size_t count, std::size_t column, std::size_t columns, std::size_t thread) {
            std::byte* const scratch = io.scratch + tiles_offset_ + thread * tile_bytes_;
            const QuantizedProduct::Codes patches = image.codes != nullptr ? PatchesOf(image, first, count, scratch)
                                                    : is_per_token()       ? QuantizedPatches(x, first, count, scratch)
                                                                     : QuantizedPixels(x, first, count, grid, scratch);
            product_.Run(patches, sample * geometry_.outputs + first, count, {column, columns},
                         {y + first * row_bytes, shared.Of(thread), count}, scratch + product_offset_, io);
          });
      shared.Join();
      y += geometry_.outputs * row_bytes;
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return product_.kernel_name(); }
  [[nodiscard]] std::span<std::byte> PackedCodes() override { return product_.codes(); }

 private:
  [[nodiscard]] bool is_per_token() const {
    return quantizer_.scheme().granularity == ActivationGranularity::per_token;
  }

  [[nodiscard]] QuantizedProduct::Codes PatchesOf(const ActivationQuantizer::Sample& image, std::size_t first,
                                                  std::size_t count, std::byte* scratch) const {
    auto* qparams = reinterpret_cast<QParams*>(scratch + qparams_offset_);
    *qparams = image.qparams;
    if (geometry_.is_pointwise()) return {image.codes + first * geometry_.patch, geometry_.patch, qparams, count};
    auto* tile = reinterpret_cast<std::uint8_t*>(scratch);
    const auto padding = static_cast<std::uint8_t>(qparams->zero_point);
    const std::size_t group_bytes = tile_ * product_.row_stride();
    for (std::size_t group = 0; group < geometry_.groups; ++group) {
      Im2col(geometry_.Patches(group, first, count), image.codes, padding, tile + group * group_bytes,
             product_.row_stride());
    }
    return {tile, product_.row_stride(), qparams, count, group_bytes};
  }

  [[nodiscard]] QuantizedProduct::Codes QuantizedPixels(const float* x, std::size_t first, std::size_t count,
                                                        const ActivationQuantizer::Grid& grid,
                                                        std::byte* scratch) const {
    auto* qparams = reinterpret_cast<QParams*>(scratch + qparams_offset_);
    *qparams = grid.qparams;
    const std::size_t patch = geometry_.patch;
    auto* tile = reinterpret_cast<std::uint8_t*>(scratch);
    quantizer_.Run(x + first * patch, count, patch, grid, tile, patch);
    return {tile, patch, qparams, count};
  }

  [[nodiscard]] QuantizedProduct::Codes QuantizedPatches(const float* x, std::size_t first, std::size_t count,
                                                         std::byte* scratch) const {
    auto* qparams = reinterpret_cast<QParams*>(scratch + qparams_offset_);
    auto* floats = reinterpret_cast<float*>(scratch + floats_offset_);
    auto* tile = reinterpret_cast<std::uint8_t*>(scratch);
    const std::size_t stride = product_.row_stride();
    Im2col(geometry_.Patches(0, first, count), x, 0.0f, floats, geometry_.patch);
    for (std::size_t row = 0; row < count; ++row) {
      const float* patch = floats + row * geometry_.patch;
      const ActivationQuantizer::Grid grid = quantizer_.GridOf(patch, geometry_.patch);
      quantizer_.Run(patch, 1, geometry_.patch, grid, tile + row * stride, stride);
      qparams[row] = grid.qparams;
    }
    return {tile, stride, qparams, 1};
  }

  ActivationQuantizer quantizer_;
  QuantizedProduct product_;
  ConvAttributes attributes_;
  ConvGeometry geometry_;
  ProductPieces pieces_;  ///< of one sample
  std::size_t tile_ = 0;  ///< patches
  std::size_t tiles_offset_ = 0;
  std::size_t tile_bytes_ = 0;  ///< of a thread's tile and what goes with it; there:
  std::size_t floats_offset_ = 0;
  std::size_t qparams_offset_ = 0;
  std::size_t product_offset_ = 0;
};

}  // namespace

CompiledOp CompileQuantizedConv(const CompileContext& context) {
  if (HasDepthwiseWeights(context)) return CompileQuantizedDepthwise(context);
  ALICE_ASSIGN_OR_RETURN(QuantizedProduct product, QuantizedProduct::Create(context));
  return std::unique_ptr<Op>(std::make_unique<QuantizedConvOp>(context, std::move(product)));
}

}  // namespace alice
