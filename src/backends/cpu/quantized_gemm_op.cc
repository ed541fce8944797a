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
    groups_ = rows_ / group_rows_;
    tile_groups_ = tile_rows_ / group_rows_;
    if (tile_groups_ > 0) tile_rows_ = tile_groups_ * group_rows_;
    ScratchLayout scratch;
    scratch.Place(std::uint64_t{tile_rows_} * product_.row_stride());  // codes
    qparams_offset_ = scratch.Place(std::max<std::size_t>(tile_groups_, 1) * sizeof(QParams));
    product_offset_ = scratch.Place(product_.Bind(tile_rows_));
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    if (quantizer_.connection().gives_ranges) std::fill_n(io.output_ranges, groups_, kEmptyRange);
    if (tile_groups_ > 0) {
      for (std::size_t group = 0; group < groups_; group += tile_groups_) {
        RunGroups(io, group, std::min(tile_groups_, groups_ - group));
      }
    } else {
      for (std::size_t group = 0; group < groups_; ++group) RunLargeGroup(io, group);
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return product_.kernel_name(); }
  [[nodiscard]] std::span<std::byte> PackedCodes() override { return product_.codes(); }

 private:
  /// Some whole groups that a tile holds.
  void RunGroups(const OpIo& io, std::size_t first, std::size_t count) const {
    const std::size_t row = first * group_rows_;
    const std::size_t rows = count * group_rows_;
    if (quantizer_.connection().input_is_codes) return Multiply(io, GivenCodes(io, row), row, rows, first);
    auto* qparams = reinterpret_cast<QParams*>(io.scratch + qparams_offset_);
    for (std::size_t i = 0; i < count; ++i) {
      const ActivationQuantizer::Grid grid = GridOfGroup(io, first + i);
      Quantize(io, row + i * group_rows_, group_rows_, grid, i * group_rows_);
      qparams[i] = grid.qparams;
    }
    Multiply(io, TileCodes(io, group_rows_), row, rows, first);
  }

  /// A group of more rows than a tile holds.
  void RunLargeGroup(const OpIo& io, std::size_t group) const {
    const bool is_given = quantizer_.connection().input_is_codes;
    ActivationQuantizer::Grid grid;
    if (!is_given) {
      grid = GridOfGroup(io, group);
      *reinterpret_cast<QParams*>(io.scratch + qparams_offset_) = grid.qparams;
    }
    const std::size_t end = (group + 1) * group_rows_;
    for (std::size_t row = group * group_rows_; row < end; row += tile_rows_) {
      const std::size_t rows = std::min(tile_rows_, end - row);
      if (!is_given) Quantize(io, row, rows, grid, 0);
      Multiply(io, is_given ? GivenCodes(io, row) : TileCodes(io, rows), row, rows, group);
    }
  }

  void Multiply(const OpIo& io, const QuantizedProduct::Codes& a, std::size_t row, std::size_t rows,
                std::size_t group) const {
    const QuantizedProduct::Target target{
        .y = io.outputs[0] + row * product_.n() * product_.output_bytes(),
        .ranges = quantizer_.connection().gives_ranges ? io.output_ranges + group : nullptr,
        .rows_per_range = group_rows_};
    product_.Run(a, row, rows, target, io.scratch + product_offset_, io);
  }

  [[nodiscard]] QuantizedProduct::Codes GivenCodes(const OpIo& io, std::size_t row) const {
    const auto* codes = reinterpret_cast<const std::uint8_t*>(io.inputs[0]) + row * product_.k();
    return {codes, product_.k(), &*quantizer_.connection().input, rows_};
  }

  [[nodiscard]] QuantizedProduct::Codes TileCodes(const OpIo& io, std::size_t rows_per_group) const {
    return {reinterpret_cast<const std::uint8_t*>(io.scratch), product_.row_stride(),
            reinterpret_cast<const QParams*>(io.scratch + qparams_offset_), rows_per_group};
  }

  [[nodiscard]] const float* RowOf(const OpIo& io, std::size_t row) const {
    return reinterpret_cast<const float*>(io.inputs[0]) + row * product_.k();
  }

  [[nodiscard]] ActivationQuantizer::Grid GridOfGroup(const OpIo& io, std::size_t group) const {
    if (quantizer_.connection().input_has_ranges) return quantizer_.GridOf(io.input_ranges[group]);
    return quantizer_.GridOf(RowOf(io, group * group_rows_), group_rows_ * product_.k());
  }

  /// Rows from `row` on, to the tile's from `at` on.
  void Quantize(const OpIo& io, std::size_t row, std::size_t rows, const ActivationQuantizer::Grid& grid,
                std::size_t at) const {
    const std::size_t stride = product_.row_stride();
    auto* codes = reinterpret_cast<std::uint8_t*>(io.scratch) + at * stride;
    quantizer_.Run(RowOf(io, row), rows, product_.k(), grid, codes, stride);
  }

  ActivationQuantizer quantizer_;
  QuantizedProduct product_;
  bool batched_;  ///< the leading axis of A counts samples

  std::size_t rows_ = 0;
  std::size_t group_rows_ = 1;  ///< rows that share a range
  std::size_t groups_ = 0;
  std::size_t tile_rows_ = 1;
  std::size_t tile_groups_ = 1;  ///< groups in a tile; 0: a group takes several tiles
  std::size_t qparams_offset_ = 0;
  std::size_t product_offset_ = 0;
};

}  // namespace

CompiledOp CompileQuantizedGemm(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(QuantizedProduct product, QuantizedProduct::Create(context));
  return std::unique_ptr<Op>(std::make_unique<QuantizedGemmOp>(context, std::move(product)));
}

}  // namespace alice
