#include "backends/cpu/packed_weights.h"

#include <algorithm>

namespace alice {

Result<std::shared_ptr<PackedWeights>> PackedWeights::Create(const CompileContext& context) {
  std::shared_ptr<PackedWeights> weights(new PackedWeights(context));
  const std::size_t longest = std::min(weights->k(), weights->grid().group_rows);
  const std::size_t limit = weights->is_asymmetric() ? kMaxReductionU8S8Asymmetric : kMaxReductionU8S8;
  if (longest > limit) {
    return MakeError(ErrorCode::reduction_too_long, "node \"", context.node.name, "\" sums ", longest,
                     " products: its int32 accumulator could overflow beyond ", limit);
  }
  return weights;
}

PackedWeights::PackedWeights(const CompileContext& context)
    : CodedWeights(context), gemm_(&SelectGemmU8S8S32(context.isa)), parts_(FilterGroups(context)) {
  const auto scales = context.graph.value(form().scales).constant->elements<const float>();
  scales_ = scales.data();
  form_bytes_ = scales.size_bytes();
  if (is_asymmetric()) {
    const auto zero_points = context.graph.value(form().zero_points).constant->elements<const std::int8_t>();
    zero_points_ = zero_points.data();
    form_bytes_ += zero_points.size_bytes();
  }
  Holdings& holdings = context.holdings;
  const std::size_t groups = grid().rows;
  packed_ = holdings.Ask(MemoryKind::weights_int8, PackedOffset(groups));
  column_sums_ = holdings.Ask(MemoryKind::scales, std::uint64_t{groups} * n() * sizeof(std::int32_t));
  if (grid().columns == 1 && n() > 1) {
    expanded_ = holdings.Ask(MemoryKind::scales, std::uint64_t{n()} * (sizeof(float) + 1));
    form_bytes_ = 0;
  }
}

void PackedWeights::Fill(const Graph& graph) {
  if (expanded_) Expand();
  const Tensor& codes = *graph.value(form().weights).constant;
  for (std::size_t index = 0; index < grid().rows; ++index) FillGroup(codes, index);
}

void PackedWeights::Expand() {
  auto* row = expanded_->as<float>();
  std::fill_n(row, n(), scales_[0]);
  scales_ = row;
  if (!is_asymmetric()) return;
  auto* zero_points = reinterpret_cast<std::int8_t*>(row + n());
  std::fill_n(zero_points, n(), zero_points_[0]);
  zero_points_ = zero_points;
}

void PackedWeights::FillGroup(const Tensor& codes, std::size_t index) {
  const std::size_t rows = GroupRows(index);
  auto* sums = column_sums_->as<std::int32_t>() + index * n();
  for (std::size_t part = 0; part < parts_; ++part) {
    const std::size_t column = part * part_columns();
    PackU8S8S32(*gemm_, {.k = rows,
                         .n = part_columns(),
                         .b = codes.view().data,
                         .packed = packed_->data() + PackedOffset(index) + part * PartBytes(rows),
                         .column_sums = sums + column,
                         .is_int4 = is_int4(),
                         .first = index * grid().group_rows * n() + column,
                         .ldb = n()});
  }
  if (!is_asymmetric()) return;
  for (std::size_t c = 0; c < n(); ++c) sums[c] -= static_cast<std::int32_t>(rows) * zero_points_[index * n() + c];
}

std::size_t PackedWeights::PackedOffset(std::size_t index) const {
  if (index == 0) return 0;
  if (index < grid().rows) return index * parts_ * PartBytes(grid().group_rows);
  return PackedOffset(index - 1) + parts_ * PartBytes(GroupRows(index - 1));
}

std::size_t PackedWeights::PartBytes(std::size_t rows) const {
  return PackedBytesU8S8S32(*gemm_, rows, part_columns(), is_int4());
}

std::size_t PackedWeights::PanelOffset(std::size_t rows, std::size_t column) const {
  const std::size_t part = column / part_columns();
  const std::size_t panel = column % part_columns() / gemm_->nr;
  return part * PartBytes(rows) + panel * PanelBytesU8S8S32(*gemm_, rows, is_int4());
}

std::size_t PackedWeights::scratch_bytes(std::size_t rows) const {
  return ScratchBytesU8S8S32(*gemm_, rows, std::min(k(), grid().group_rows));
}

std::size_t PackedWeights::bytes() const {
  return packed_->bytes() + column_sums_->bytes() + (expanded_ ? expanded_->bytes() : 0) + form_bytes_;
}

void PackedWeights::Decode(std::size_t first, std::size_t count, float* y, std::size_t ldy) const {
  const std::size_t end = first + count;
  for (std::size_t index = 0; index < grid().rows; ++index) {
    std::size_t part = first / part_columns() * part_columns();
    for (std::size_t column = first - (first - part) % gemm_->nr; column < end;) {
      const std::size_t next = std::min(column + gemm_->nr, part + part_columns());
      const PanelColumns columns{column, std::max(first, column), std::min(end, next)};
      DecodePanel(index, columns, y + columns.begin - first, ldy);
      column = next;
      if (column == part + part_columns()) part = column;
    }
  }
}

void PackedWeights::DecodePanel(std::size_t index, const PanelColumns& columns, float* y, std::size_t ldy) const {
  const Group from = group(index);
  const auto& [column, begin, end] = columns;
  DecodePanelU8S8S32(*gemm_, {.panel = from.packed + PanelOffset(from.rows, column),
                              .is_int4 = is_int4(),
                              .k = from.rows,
                              .first = begin - column,
                              .last = end - column,
                              .scales = from.scales + column,
                              .zero_points = from.zero_points == nullptr ? nullptr : from.zero_points + column,
                              .y = y + from.first_row * ldy,
                              .ldy = ldy});
}

}  // namespace alice
