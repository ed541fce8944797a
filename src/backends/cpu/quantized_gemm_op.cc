#include <algorithm>

#include "backends/cpu/activation_quantizer.h"
#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/product_pieces.h"
#include "backends/cpu/quantized_product.h"
#include "backends/cpu/scratch_layout.h"
#include "backends/cpu/shared_range.h"
#include "backends/cpu/tile_rows.h"

namespace alice {
namespace {

/// Gemm or MatMul with packed integer weights: A is quantized, or comes as codes, and multiplied, tile after tile of its
/// rows, so that scratch does not grow with them. Each thread has a tile of its own.
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
    // Threads take rows of a group, or groups.
    if (Threads::kMost > 1 && binding.threads > 1 && groups_ == 1) tile_groups_ = 0;
    const bool has_whole_groups = tile_groups_ > 0;
    pieces_ = {{.units = has_whole_groups ? groups_ : group_rows_,
                .unit_rows = has_whole_groups ? group_rows_ : 1,
                .columns = product_.n(),
                .k = product_.k()},
               has_whole_groups ? tile_groups_ : tile_rows_,
               product_.panel_columns(),
               binding.threads};
    ScratchLayout scratch;
    scratch.Place(std::uint64_t{tile_rows_} * product_.row_stride());  // codes
    qparams_offset_ = scratch.Place(std::max<std::size_t>(tile_groups_, 1) * sizeof(QParams));
    product_offset_ = scratch.Place(product_.Bind(tile_rows_));
    tile_bytes_ = static_cast<std::size_t>(scratch.bytes());
    return scratch.bytes() * binding.threads;
  }

  void Run(const OpIo& io) const override {
    if (quantizer_.connection().gives_ranges) std::fill_n(io.output_ranges, groups_, kEmptyRange);
    if (tile_groups_ > 0) {
      RunGroups(io);
    } else {
      for (std::size_t group = 0; group < groups_; ++group) RunLargeGroup(io, group);
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return product_.kernel_name(); }
  [[nodiscard]] std::span<std::byte> PackedCodes() override { return product_.codes(); }

 private:
  /// Whose scratch is in use, and which columns are to be made.
  struct Part {
    std::byte* scratch;
    QuantizedProduct::Columns columns;
  };
  [[nodiscard]] std::byte* ScratchOf(const OpIo& io, std::size_t thread) const {
    return io.scratch + thread * tile_bytes_;
  }

  /// Groups of which a tile holds several.
  void RunGroups(const OpIo& io) const {
    const bool gives_ranges = quantizer_.connection().gives_ranges;
    // Pieces that are beside each other have the same ranges.
    const bool may_cut_columns = !gives_ranges || groups_ == 1;
    SharedRange range(gives_ranges && groups_ == 1 ? io.output_ranges : nullptr, io.threads);
    pieces_.ForEach(
        io.threads, may_cut_columns,
        [&](std::size_t first, std::size_t count, std::size_t column, std::size_t columns, std::size_t thread) {
          MinMax* const own = gives_ranges && groups_ > 1 ? io.output_ranges + first : range.Of(thread);
          RunGroups(io, first, count, {ScratchOf(io, thread), {column, columns}}, own);
        });
    range.Join();
  }

  void RunGroups(const OpIo& io, std::size_t first, std::size_t count, const Part& part, MinMax* ranges) const {
    const std::size_t row = first * group_rows_;
    const std::size_t rows = count * group_rows_;
    if (quantizer_.connection().input_is_codes) return Multiply(io, GivenCodes(io, row), row, rows, part, ranges);
    auto* qparams = reinterpret_cast<QParams*>(part.scratch + qparams_offset_);
    for (std::size_t i = 0; i < count; ++i) {
      const ActivationQuantizer::Grid grid = GridOfGroup(io, first + i, {});
      Quantize(io, row + i * group_rows_, group_rows_, grid, part.scratch + i * group_rows_ * product_.row_stride());
      qparams[i] = grid.qparams;
    }
    Multiply(io, TileCodes(part, group_rows_), row, rows, part, ranges);
  }

  /// A group whose rows are taken piece by piece.
  void RunLargeGroup(const OpIo& io, std::size_t group) const {
    const bool is_given = quantizer_.connection().input_is_codes;
    ActivationQuantizer::Grid grid;
    if (!is_given) grid = GridOfGroup(io, group, io.threads);
    SharedRange range(quantizer_.connection().gives_ranges ? io.output_ranges + group : nullptr, io.threads);
    pieces_.ForEach(
        io.threads, true,
        [&](std::size_t first, std::size_t rows, std::size_t column, std::size_t columns, std::size_t thread) {
          const Part part{ScratchOf(io, thread), {column, columns}};
          const std::size_t row = group * group_rows_ + first;
          if (is_given) return Multiply(io, GivenCodes(io, row), row, rows, part, range.Of(thread));
          *reinterpret_cast<QParams*>(part.scratch + qparams_offset_) = grid.qparams;
          Quantize(io, row, rows, grid, part.scratch);
          Multiply(io, TileCodes(part, rows), row, rows, part, range.Of(thread));
        });
    range.Join();
  }

  void Multiply(const OpIo& io, const QuantizedProduct::Codes& a, std::size_t row, std::size_t rows, const Part& part,
                MinMax* ranges) const {
    const QuantizedProduct::Target target{.y = io.outputs[0] + row * product_.n() * product_.output_bytes(),
                                          .ranges = ranges,
                                          .rows_per_range = group_rows_};
    product_.Run(a, row, rows, part.columns, target, part.scratch + product_offset_, io);
  }

  [[nodiscard]] QuantizedProduct::Codes GivenCodes(const OpIo& io, std::size_t row) const {
    const auto* codes = reinterpret_cast<const std::uint8_t*>(io.inputs[0]) + row * product_.k();
    return {codes, product_.k(), &*quantizer_.connection().input, rows_};
  }

  [[nodiscard]] QuantizedProduct::Codes TileCodes(const Part& part, std::size_t rows_per_group) const {
    return {reinterpret_cast<const std::uint8_t*>(part.scratch), product_.row_stride(),
            reinterpret_cast<const QParams*>(part.scratch + qparams_offset_), rows_per_group};
  }

  [[nodiscard]] const float* RowOf(const OpIo& io, std::size_t row) const {
    return reinterpret_cast<const float*>(io.inputs[0]) + row * product_.k();
  }

  [[nodiscard]] ActivationQuantizer::Grid GridOfGroup(const OpIo& io, std::size_t group, const Threads& threads) const {
    if (quantizer_.connection().input_has_ranges) return quantizer_.GridOf(io.input_ranges[group]);
    return quantizer_.GridOf(RowOf(io, group * group_rows_), group_rows_ * product_.k(), threads);
  }

  /// Rows from `row` on, to a tile's.
  void Quantize(const OpIo& io, std::size_t row, std::size_t rows, const ActivationQuantizer::Grid& grid,
                std::byte* tile) const {
    quantizer_.Run(RowOf(io, row), rows, product_.k(), grid, reinterpret_cast<std::uint8_t*>(tile),
                   product_.row_stride());
  }

  ActivationQuantizer quantizer_;
  QuantizedProduct product_;
  bool batched_;  ///< the leading axis of A counts samples

  std::size_t rows_ = 0;
  std::size_t group_rows_ = 1;  ///< rows that share a range
  std::size_t groups_ = 0;
  std::size_t tile_rows_ = 1;
  std::size_t tile_groups_ = 1;  ///< groups in a tile; 0: a group takes several tiles, or threads
  ProductPieces pieces_;         ///< of all groups, or of each
  // Of a thread's scratch, and its bytes.
  std::size_t qparams_offset_ = 0;
  std::size_t product_offset_ = 0;
  std::size_t tile_bytes_ = 0;
};

}  // namespace

CompiledOp CompileQuantizedGemm(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(QuantizedProduct product, QuantizedProduct::Create(context));
  return std::unique_ptr<Op>(std::make_unique<QuantizedGemmOp>(context, std::move(product)));
}

}  // namespace alice
