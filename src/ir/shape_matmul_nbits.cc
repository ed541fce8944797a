#include <bit>

#include "ir/rule_checks.h"

namespace alice {
namespace {

Status CheckAttributes(const MatMulNBitsAttributes& attributes) {
  constexpr std::int64_t kLeastBlock = 16;
  const auto in_range = [](std::int64_t size, std::int64_t least) { return size >= least && size <= kMaxElements; };
  if (!in_range(attributes.k, 1) || !in_range(attributes.n, 1)) {
    return MakeError(ErrorCode::model_invalid_graph, "weights of K = ", attributes.k, " and N = ", attributes.n);
  }
  if (!in_range(attributes.block_size, kLeastBlock) ||
      !std::has_single_bit(static_cast<std::uint64_t>(attributes.block_size))) {
    return MakeError(ErrorCode::model_invalid_graph, "blocks of ", attributes.block_size,
                     "; allowed are powers of 2 from ", kLeastBlock, " on");
  }
  return {};
}

/// Holds input `index` to a constant of `elements` of that type.
Status RequireConstant(const RuleInput& in, std::size_t index, DType dtype, std::int64_t elements) {
  ALICE_RETURN_IF_ERROR(RequireType(in, index, dtype));
  const Value& value = in.value(index);
  if (!value.constant) {
    return MakeError(ErrorCode::model_unsupported_type, "\"", value.name, "\" is computed; it must be a constant");
  }
  if (value.constant->shape().elements() == elements) return {};
  return MakeError(ErrorCode::shape_mismatch, "\"", value.name, "\" is ", in.Text(value.shape), " instead of ",
                   elements, " elements");
}

}  // namespace

Status InferMatMulNBits(const RuleInput& in, std::span<TensorType> out) {
  const auto& attributes = std::get<MatMulNBitsAttributes>(in.node.attributes);
  ALICE_RETURN_IF_ERROR(CheckAttributes(attributes));
  ALICE_RETURN_IF_ERROR(RequireType(in, 0, DType::f32));
  const std::int64_t n = attributes.n;
  const std::int64_t blocks = (attributes.k + attributes.block_size - 1) / attributes.block_size;
  ALICE_RETURN_IF_ERROR(RequireConstant(in, 1, DType::u8, n * blocks * (attributes.block_size / 2)));
  ALICE_RETURN_IF_ERROR(RequireConstant(in, 2, DType::f32, n * blocks));
  if (in.Has(3)) ALICE_RETURN_IF_ERROR(RequireConstant(in, 3, DType::u8, n * ((blocks + 1) / 2)));
  if (in.Has(5)) ALICE_RETURN_IF_ERROR(RequireConstant(in, 5, DType::f32, n));
  SymbolicShape shape = in.shape(0);
  if (shape.rank() == 0 || shape.dims.back() != Dim::Known(attributes.k)) {
    return MakeError(ErrorCode::shape_mismatch, "A ", in.Text(shape),
                     " does not multiply with weights of K = ", attributes.k);
  }
  shape.dims.back() = Dim::Known(n);
  out[0] = {DType::f32, std::move(shape)};
  return {};
}

}  // namespace alice
