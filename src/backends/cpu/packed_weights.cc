#include "backends/cpu/packed_weights.h"

#include <algorithm>

#include "kernels/gemm_u8s8s32/packed_order.h"
#include "numeric/int4.h"

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
    : CodedWeights(context), gemm_(&SelectGemmU8S8S32(context.isa)) {
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
  const std::size_t codes = PackedOffset(groups);
  packed_ = holdings.Ask(MemoryKind::weights_int8, is_int4() ? Int4Bytes(codes) : codes);
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
  const std::size_t begin = index * grid().group_rows * n();
  std::size_t at = PackedOffset(index);
  auto* sums = column_sums_->as<std::int32_t>() + index * n();
  if (is_int4()) {
    const auto* from = codes.elements<const std::uint8_t>().data();
    auto* packed = packed_->as<std::uint8_t>();
    ForEachPackedU8S8S32(*gemm_, rows, n(), [&](std::size_t row, std::size_t column) {
      const bool is_inside = row < rows && column < n();
      const std::int8_t code = is_inside ? LoadInt4(from, begin + row * n() + column) : std::int8_t{0};
      StoreInt4(packed, at++, code);
      if (is_inside) sums[column] += code;
    });
  } else {
    const auto* from = codes.elements<const std::int8_t>().data() + begin;
    PackU8S8S32(*gemm_, from, rows, n(), packed_->as<std::int8_t>() + at, sums);
  }
  if (!is_asymmetric()) return;
  for (std::size_t c = 0; c < n(); ++c) sums[c] -= static_cast<std::int32_t>(rows) * zero_points_[index * n() + c];
}

std::size_t PackedWeights::GroupRows(std::size_t index) const {
  return std::min(grid().group_rows, k() - index * grid().group_rows);
}

std::size_t PackedWeights::PackedOffset(std::size_t index) const {
  if (index == 0) return 0;
  if (index < grid().rows) return index * PackedBytesU8S8S32(*gemm_, grid().group_rows, n());
  return PackedOffset(index - 1) + PackedBytesU8S8S32(*gemm_, GroupRows(index - 1), n());
}

PackedWeights::Group PackedWeights::group(std::size_t index) const {
  return {.first_row = index * grid().group_rows,
          .rows = GroupRows(index),
          .column_sums = column_sums_->as<const std::int32_t>() + index * n(),
          .scales = scales_ + index * n(),
          .zero_points = zero_points_ == nullptr ? nullptr : zero_points_ + index * n()};
}

std::size_t PackedWeights::panel_bytes() const {
  return is_int4() ? PackedBytesU8S8S32(*gemm_, std::min(k(), grid().group_rows), 1) : 0;
}

std::size_t PackedWeights::bytes() const {
  return packed_->bytes() + column_sums_->bytes() + (expanded_ ? expanded_->bytes() : 0) + form_bytes_;
}

void PackedWeights::Multiply(std::size_t index, std::size_t m, const std::uint8_t* a, std::size_t lda, std::int32_t* c,
                             std::byte* panel) const {
  const std::size_t rows = GroupRows(index);
  std::size_t offset = PackedOffset(index);
  GemmU8S8S32Args args{.m = m,
                       .n = n(),
                       .k = rows,
                       .a = a,
                       .lda = lda,
                       .packed_b = packed_->as<const std::int8_t>() + offset,
                       .c = c,
                       .ldc = n()};
  if (!is_int4()) return gemm_->run(args);

  auto* unpacked = reinterpret_cast<std::int8_t*>(panel);
  const std::size_t panel_codes = PackedBytesU8S8S32(*gemm_, rows, 1);
  args.packed_b = unpacked;
  for (std::size_t column = 0; column < n(); column += gemm_->nr, offset += panel_codes) {
    UnpackInt4(packed_->as<const std::uint8_t>(), offset, panel_codes, unpacked);
    args.n = std::min(gemm_->nr, n() - column);
    args.c = c + column;
    gemm_->run(args);
  }
}

void PackedWeights::Decode(std::size_t first, std::size_t count, float* y, std::size_t ldy) const {
  for (std::size_t index = 0; index < grid().rows; ++index) {
    for (std::size_t column = first - first % gemm_->nr; column < first + count; column += gemm_->nr) {
      DecodePanel(index, column, first, count, y, ldy);
    }
  }
}

void PackedWeights::DecodePanel(std::size_t index, std::size_t column, std::size_t first, std::size_t count, float* y,
                                std::size_t ldy) const {
  const Group from = group(index);
  const std::size_t begin = std::max(first, column);
  const std::size_t end = std::min(first + count, column + gemm_->nr);
  DecodePanelU8S8S32(*gemm_,
                     {.packed = packed_->data(),
                      .is_int4 = is_int4(),
                      .begin = PackedOffset(index) + column / gemm_->nr * PackedBytesU8S8S32(*gemm_, from.rows, 1),
                      .k = from.rows,
                      .first = begin - column,
                      .last = end - column,
                      .scales = from.scales + column,
                      .zero_points = from.zero_points == nullptr ? nullptr : from.zero_points + column,
                      .y = y + from.first_row * ldy + begin - first,
                      .ldy = ldy});
}

}  // namespace alice
