#include <algorithm>

#include "backends/cpu/activation_quantizer.h"
#include "backends/cpu/conv_geometry.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/quantized_product.h"
#include "backends/cpu/scratch_layout.h"

namespace alice {
namespace {

/// A channels-last Conv of one group with packed integer weights. Each sample is quantized as a whole, or comes as codes,
/// and tiles of its patches are gathered and multiplied; padding is the code of 0. Per token, each patch has a range of
/// its own: patches are gathered in floats then. Scratch holds the codes of one sample, a byte for each of its values, and
/// is bounded otherwise.
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
    const std::uint64_t tile = geometry_.tile();
    ScratchLayout scratch;
    scratch.Place(is_per_token() ? tile * geometry_.patch * sizeof(float)
                                 : std::uint64_t{geometry_.pixels} * geometry_.channels + kBufferSlack);
    tile_offset_ = scratch.Place(tile * product_.row_stride());
    qparams_offset_ = scratch.Place((is_per_token() ? tile : 1) * sizeof(QParams));
    product_offset_ = scratch.Place(product_.Bind(geometry_.tile()));
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    const std::size_t sample_elements = geometry_.pixels * geometry_.channels;
    auto* qparams = reinterpret_cast<QParams*>(io.scratch + qparams_offset_);
    std::byte* y = io.outputs[0];
    for (std::size_t sample = 0; sample < geometry_.samples; ++sample) {
      MinMax* const range = quantizer_.connection().gives_ranges ? io.output_ranges + sample : nullptr;
      if (range != nullptr) *range = kEmptyRange;
      const auto* x = reinterpret_cast<const float*>(io.inputs[0]) + sample * sample_elements;
      const std::uint8_t* image = nullptr;
      if (!is_per_token()) {
        const auto codes =
            quantizer_.SampleOf(io, sample, sample_elements, reinterpret_cast<std::uint8_t*>(io.scratch));
        *qparams = codes.qparams;
        image = codes.codes;
      }
      for (std::size_t first = 0; first < geometry_.outputs; first += geometry_.tile()) {
        const std::size_t count = std::min(geometry_.tile(), geometry_.outputs - first);
        const QuantizedProduct::Codes patches = image == nullptr ? QuantizedPatches(io, x, first, count, qparams)
                                                                 : PatchesOf(io, image, first, count, qparams);
        product_.Run(patches, sample * geometry_.outputs + first, count, {y, range, count},
                     io.scratch + product_offset_, io);
        y += count * product_.n() * product_.output_bytes();
      }
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return product_.kernel_name(); }
  [[nodiscard]] std::span<std::byte> PackedCodes() override { return product_.codes(); }

 private:
  [[nodiscard]] bool is_per_token() const {
    return quantizer_.scheme().granularity == ActivationGranularity::per_token;
  }

  [[nodiscard]] QuantizedProduct::Codes PatchesOf(const OpIo& io, const std::uint8_t* image, std::size_t first,
                                                  std::size_t count, const QParams* qparams) const {
    if (geometry_.is_pointwise()) return {image + first * geometry_.patch, geometry_.patch, qparams, count};
    auto* tile = reinterpret_cast<std::uint8_t*>(io.scratch + tile_offset_);
    const auto padding = static_cast<std::uint8_t>(qparams->zero_point);
    Im2col(geometry_.Patches(0, first, count), image, padding, tile, product_.row_stride());
    return {tile, product_.row_stride(), qparams, count};
  }

  [[nodiscard]] QuantizedProduct::Codes QuantizedPatches(const OpIo& io, const float* x, std::size_t first,
                                                         std::size_t count, QParams* qparams) const {
    auto* floats = reinterpret_cast<float*>(io.scratch);
    auto* tile = reinterpret_cast<std::uint8_t*>(io.scratch + tile_offset_);
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
  std::size_t tile_offset_ = 0;
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
