#include "backends/cpu/packed_weights.h"

#include <algorithm>

#include "numeric/int4.h"

namespace alice {
namespace {

/// The codes of the form as s8 [K, N]; those of int4 are unpacked into `room`.
Result<const std::int8_t*> CodesOf(const Tensor& codes, bool is_int4, std::size_t count, MemoryBudget& budget,
                                   Buffer& room) {
  if (!is_int4) return codes.elements<const std::int8_t>().data();
  ALICE_ASSIGN_OR_RETURN(room, Buffer::Allocate(budget, MemoryKind::weights_int8, count));
  UnpackInt4(codes.elements<const std::uint8_t>().data(), 0, count, room.as<std::int8_t>());
  return room.as<const std::int8_t>();
}

}  // namespace

Result<PackedWeights> PackedWeights::Pack(const CompileContext& context) {
  const QuantizedForm& form = *context.node.quantized;
  const WeightScheme& scheme = form.scheme.weights;
  const SymbolicShape& shape = context.input(1).shape;
  PackedWeights weights(SelectGemmU8S8S32(context.isa));
  const std::size_t k = weights.k_ = static_cast<std::size_t>(shape.dims[0].size);
  const std::size_t n = weights.n_ = static_cast<std::size_t>(shape.dims[1].size);
  weights.grid_ = ScaleGridOf(k, n, scheme);
  weights.is_int4_ = scheme.type == WeightType::int4;

  const std::size_t longest = std::min(k, weights.grid_.group_rows);
  const std::size_t limit = scheme.symmetric ? kMaxReductionU8S8 : kMaxReductionU8S8Asymmetric;
  if (longest > limit) {
    return MakeError(ErrorCode::reduction_too_long, "node \"", context.node.name, "\" sums ", longest,
                     " products: its int32 accumulator could overflow beyond ", limit);
  }

  const std::size_t groups = weights.grid_.rows;
  const bool is_per_tensor = weights.grid_.columns == 1 && n > 1;
  const auto scales = context.graph.value(form.scales).constant->elements<const float>();
  weights.scales_ = scales.data();
  weights.form_bytes_ = scales.size_bytes();
  if (!scheme.symmetric) {
    const auto zero_points = context.graph.value(form.zero_points).constant->elements<const std::int8_t>();
    weights.zero_points_ = zero_points.data();
    weights.form_bytes_ += zero_points.size_bytes();
  }
  if (is_per_tensor) {
    ALICE_ASSIGN_OR_RETURN(weights.expanded_,
                           Buffer::Allocate(context.budget, MemoryKind::scales, n * (sizeof(float) + 1)));
    auto* row = weights.expanded_.as<float>();
    std::fill_n(row, n, scales[0]);
    weights.scales_ = row;
    weights.form_bytes_ = 0;
    if (!scheme.symmetric) {
      auto* zero_points = reinterpret_cast<std::int8_t*>(row + n);
      std::fill_n(zero_points, n, weights.zero_points_[0]);
      weights.zero_points_ = zero_points;
    }
  }

  ALICE_ASSIGN_OR_RETURN(weights.column_sums_, Buffer::Allocate(context.budget, MemoryKind::scales,
                                                                std::uint64_t{groups} * n * sizeof(std::int32_t)));
  const std::size_t packed_codes = weights.PackedOffset(groups);
  ALICE_ASSIGN_OR_RETURN(weights.packed_, Buffer::Allocate(context.budget, MemoryKind::weights_int8,
                                                           weights.is_int4_ ? Int4Bytes(packed_codes) : packed_codes));
  Buffer unpacked;
  ALICE_ASSIGN_OR_RETURN(const std::int8_t* codes, CodesOf(*context.graph.value(form.weights).constant,
                                                           weights.is_int4_, k * n, context.budget, unpacked));
  Buffer group_codes;
  if (weights.is_int4_) {
    ALICE_ASSIGN_OR_RETURN(group_codes, Buffer::Allocate(context.budget, MemoryKind::weights_int8,
                                                         PackedBytesU8S8S32(*weights.gemm_, longest, n)));
  }
  for (std::size_t index = 0; index < groups; ++index) {
    const std::size_t rows = weights.GroupRows(index);
    auto* sums = weights.column_sums_.as<std::int32_t>() + index * n;
    const std::int8_t* from = codes + index * weights.grid_.group_rows * n;
    const std::size_t offset = weights.PackedOffset(index);
    if (weights.is_int4_) {
      auto* room = group_codes.as<std::int8_t>();
      PackU8S8S32(*weights.gemm_, from, rows, n, room, sums);
      const std::size_t count = PackedBytesU8S8S32(*weights.gemm_, rows, n);
      for (std::size_t i = 0; i < count; ++i) StoreInt4(weights.packed_.as<std::uint8_t>(), offset + i, room[i]);
    } else {
      PackU8S8S32(*weights.gemm_, from, rows, n, weights.packed_.as<std::int8_t>() + offset, sums);
    }
    if (weights.zero_points_ == nullptr) continue;
    for (std::size_t c = 0; c < n; ++c) {
      sums[c] -= static_cast<std::int32_t>(rows) * weights.zero_points_[index * n + c];
    }
  }
  return weights;
}

std::size_t PackedWeights::GroupRows(std::size_t index) const {
  return std::min(grid_.group_rows, k_ - index * grid_.group_rows);
}

std::size_t PackedWeights::PackedOffset(std::size_t index) const {
  if (index == 0) return 0;
  if (index < grid_.rows) return index * PackedBytesU8S8S32(*gemm_, grid_.group_rows, n_);
  return PackedOffset(index - 1) + PackedBytesU8S8S32(*gemm_, GroupRows(index - 1), n_);
}

PackedWeights::Group PackedWeights::group(std::size_t index) const {
  return {.first_row = index * grid_.group_rows,
          .rows = GroupRows(index),
          .column_sums = column_sums_.as<const std::int32_t>() + index * n_,
          .scales = scales_ + index * n_,
          .zero_points = zero_points_ == nullptr ? nullptr : zero_points_ + index * n_};
}

std::size_t PackedWeights::panel_bytes() const {
  return is_int4_ ? PackedBytesU8S8S32(*gemm_, std::min(k_, grid_.group_rows), 1) : 0;
}

std::size_t PackedWeights::bytes() const {
  return packed_.bytes() + column_sums_.bytes() + expanded_.bytes() + form_bytes_;
}

void PackedWeights::Multiply(std::size_t index, std::size_t m, const std::uint8_t* a, std::size_t lda, std::int32_t* c,
                             std::byte* panel) const {
  const std::size_t rows = GroupRows(index);
  std::size_t offset = PackedOffset(index);
  GemmU8S8S32Args args{.m = m,
                       .n = n_,
                       .k = rows,
                       .a = a,
                       .lda = lda,
                       .packed_b = packed_.as<const std::int8_t>() + offset,
                       .c = c,
                       .ldc = n_};
  if (!is_int4_) return gemm_->run(args);

  auto* unpacked = reinterpret_cast<std::int8_t*>(panel);
  const std::size_t panel_codes = PackedBytesU8S8S32(*gemm_, rows, 1);
  args.packed_b = unpacked;
  for (std::size_t column = 0; column < n_; column += gemm_->nr, offset += panel_codes) {
    UnpackInt4(packed_.as<const std::uint8_t>(), offset, panel_codes, unpacked);
    args.n = std::min(gemm_->nr, n_ - column);
    args.c = c + column;
    gemm_->run(args);
  }
}

}  // namespace alice
