#include <algorithm>

#include "backends/cpu/activation_quantizer.h"
#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/quantized_product.h"
#include "backends/cpu/scratch_layout.h"
#include "backends/cpu/tile_rows.h"

namespace alice {
namespace {

/// Gemm or MatMul with packed integer weights: A is quantized, or comes as codes, and multiplied, tile after tile of its
/// rows, so that scratch does not grow with them.
class QuantizedGemmOp final : public Op {
 public:
  QuantizedGemmOp(const CompileContext& context, QuantizedProduct product)
      : quantizer_(context),
        product_(std::move(product)),
        batched_(!context.input(0).shape.dims.empty() && !context.input(0).shape.dims[0].known()) {}

  void Prepare(const Graph& graph) override { product_.Prepare(graph); }
  void Connect(const Connection& connection) override {
    quantizer_.Connect(connection);
    product_.Connect(connection);
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    rows_ = GemmShapeOf(binding.inputs[0], binding.inputs[1], {}).m;
    const auto samples = batched_ ? static_cast<std::size_t>(binding.samples) : 1;
    group_rows_ = std::max<std::size_t>(rows_ / samples, 1);
    if (quantizer_.scheme().granularity == ActivationGranularity::per_token) group_rows_ = 1;
    if (quantizer_.scheme().strategy == Strategy::fixed) group_rows_ = std::max<std::size_t>(rows_, 1);
    tile_rows_ = TileRows(rows_, product_.row_stride() + sizeof(QParams) + product_.row_bytes());
    // A tile holds whole groups, or is a part of one.
    if (tile_rows_ > group_rows_) tile_rows_ -= tile_rows_ % group_rows_;
    ScratchLayout scratch;
    scratch.Place(std::uint64_t{tile_rows_} * product_.row_stride());  // codes
    qparams_offset_ = scratch.Place((tile_rows_ / group_rows_ + 1) * sizeof(QParams));
    product_offset_ = scratch.Place(product_.Bind(tile_rows_));
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    const std::size_t y_stride = product_.n() * product_.output_bytes();
    const std::size_t span = std::max(group_rows_, tile_rows_);
    ActivationQuantizer::Grid grid;  // of the group, where that is more than a tile
    const bool gives_ranges = quantizer_.connection().gives_ranges;
    if (gives_ranges) std::fill_n(io.output_ranges, rows_ / group_rows_, kEmptyRange);
    for (std::size_t row = 0; row < rows_;) {
      const std::size_t count = std::min({tile_rows_, span - row % span, rows_ - row});
      QuantizedProduct::Codes a{};
      if (quantizer_.connection().input_is_codes) {
        a = GivenCodes(io, row);
      } else {
        if (group_rows_ > tile_rows_ && row % group_rows_ == 0) grid = GridOfGroup(io, row);
        a = Quantize(io, row, count, grid);
      }
      MinMax* const ranges = gives_ranges ? io.output_ranges + row / group_rows_ : nullptr;
      product_.Run(a, row, count, {io.outputs[0] + row * y_stride, ranges, std::min(group_rows_, count)},
                   io.scratch + product_offset_, io);
      row += count;
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return product_.kernel_name(); }
  [[nodiscard]] std::span<std::byte> PackedCodes() override { return product_.codes(); }

 private:
  [[nodiscard]] QuantizedProduct::Codes GivenCodes(const OpIo& io, std::size_t row) const {
    const auto* codes = reinterpret_cast<const std::uint8_t*>(io.inputs[0]) + row * product_.k();
    return {codes, product_.k(), &*quantizer_.connection().input, rows_};
  }

  [[nodiscard]] ActivationQuantizer::Grid GridOfGroup(const OpIo& io, std::size_t row) const {
    if (quantizer_.connection().input_has_ranges) return quantizer_.GridOf(io.input_ranges[row / group_rows_]);
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]) + row * product_.k();
    return quantizer_.GridOf(x, group_rows_ * product_.k());
  }

  [[nodiscard]] QuantizedProduct::Codes Quantize(const OpIo& io, std::size_t first, std::size_t count,
                                                 ActivationQuantizer::Grid grid) const {
    auto* codes = reinterpret_cast<std::uint8_t*>(io.scratch);
    auto* qparams = reinterpret_cast<QParams*>(io.scratch + qparams_offset_);
    const std::size_t stride = product_.row_stride();
    const std::size_t step = std::min(group_rows_, count);
    for (std::size_t row = 0; row < count; row += step) {
      if (group_rows_ <= tile_rows_) grid = GridOfGroup(io, first + row);
      const auto* x = reinterpret_cast<const float*>(io.inputs[0]) + (first + row) * product_.k();
      quantizer_.Run(x, step, product_.k(), grid, codes + row * stride, stride);
      qparams[row / step] = grid.qparams;
    }
    return {codes, stride, qparams, step};
  }

  ActivationQuantizer quantizer_;
  QuantizedProduct product_;
  bool batched_;  ///< the leading axis of A counts samples

  std::size_t rows_ = 0;
  std::size_t group_rows_ = 1;  ///< rows that share a range
  std::size_t tile_rows_ = 1;
  std::size_t qparams_offset_ = 0;
  std::size_t product_offset_ = 0;
};

}  // namespace

CompiledOp CompileQuantizedGemm(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(QuantizedProduct product, QuantizedProduct::Create(context));
  return std::unique_ptr<Op>(std::make_unique<QuantizedGemmOp>(context, std::move(product)));
}

}  // namespace alice
