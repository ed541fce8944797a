#include "passes/conv_weights.h"

#include "numeric/int4.h"
#include "passes/permute.h"

namespace alice {
namespace {

/// int4 codes one a byte, as s8 [rows, columns].
Result<Tensor> Unpacked(const Tensor& packed, std::int64_t rows, std::int64_t columns, MemoryBudget& budget) {
  ALICE_ASSIGN_OR_RETURN(Tensor codes, Tensor::Zeros(budget, MemoryKind::weights_int8, DType::s8, {rows, columns}));
  UnpackInt4(packed.elements<const std::uint8_t>().data(), 0, codes.bytes(), codes.elements<std::int8_t>().data());
  return codes;
}

Result<Tensor> Packed(const Tensor& codes, MemoryBudget& budget) {
  const auto bytes = static_cast<std::int64_t>(Int4Bytes(codes.bytes()));
  ALICE_ASSIGN_OR_RETURN(Tensor packed, Tensor::Zeros(budget, MemoryKind::weights_int8, DType::u8, {bytes}));
  PackInt4(codes.elements<const std::int8_t>().data(), codes.bytes(), packed.elements<std::uint8_t>().data());
  return packed;
}

}  // namespace

Result<ValueId> WithSwappedRows(Rewriter& rewriter, const QuantizedForm& form, std::int64_t outer, std::int64_t inner,
                                std::int64_t columns) {
  const Value& value = rewriter.graph().value(form.weights);
  const bool is_int4 = form.scheme.weights.type == WeightType::int4;
  MemoryBudget& budget = rewriter.budget();
  ALICE_ASSIGN_OR_RETURN(Tensor codes, is_int4 ? Unpacked(*value.constant, outer * inner, columns, budget)
                                               : CopyOf(*value.constant, budget));
  codes.set_shape({outer, inner, columns});
  ALICE_ASSIGN_OR_RETURN(Tensor swapped, Permuted(codes, {1, 0, 2}, budget));
  swapped.set_shape({outer * inner, columns});
  if (is_int4) {
    ALICE_ASSIGN_OR_RETURN(swapped, Packed(swapped, budget));
  }
  return rewriter.NewConstant(value.name, std::move(swapped));
}

Result<Tensor> FiltersOf(const Tensor& matrix, const Shape& w, MemoryBudget& budget) {
  ALICE_ASSIGN_OR_RETURN(Tensor filters, Permuted(matrix, {1, 0}, budget));
  filters.set_shape(w);
  return filters;
}

Result<Tensor> MatrixOf(const Tensor& w, MemoryBudget& budget) {
  ALICE_ASSIGN_OR_RETURN(Tensor rows, CopyOf(w, budget));
  rows.set_shape({w.shape()[0], w.shape().Product(1, w.shape().rank())});
  return Permuted(rows, {1, 0}, budget);
}

}  // namespace alice
