#include "ir/rule_checks.h"
#include "ir/shape_inference.h"

namespace alice {
namespace {

/// All axes of a matrix before its last two.
SymbolicShape BatchOf(const SymbolicShape& shape) {
  if (shape.rank() <= 2) return {};
  return {{shape.dims.begin(), shape.dims.end() - 2}};
}

Result<SymbolicShape> ProductShape(const RuleInput& in, const SymbolicShape& a, const SymbolicShape& b) {
  const bool has_axes = a.rank() > 0 && b.rank() > 0;
  if (!has_axes || a.dims.back() != b.dims[b.rank() == 1 ? 0 : b.rank() - 2]) {
    return MakeError(ErrorCode::shape_mismatch, "A ", in.Text(a), " and B ", in.Text(b), " do not multiply");
  }
  ALICE_ASSIGN_OR_RETURN(SymbolicShape shape, BroadcastShapes(BatchOf(a), BatchOf(b), in.graph));
  if (a.rank() > 1) shape.dims.push_back(a.dims[a.rank() - 2]);
  if (b.rank() > 1) shape.dims.push_back(b.dims.back());
  return shape;
}

/// Holds the scale or zero point that is input `index` to one element, or one for each `what` (a row or a column) of
/// the matrix that is input `matrix`, counted along its axis `from_end` from the end.
Status RequireParameterShape(const RuleInput& in, std::size_t index, std::size_t matrix, std::size_t from_end,
                             std::string_view what) {
  const SymbolicShape& given = in.shape(index);
  if (IsOneElement(given)) return {};
  const SymbolicShape& of = in.shape(matrix);
  if (of.rank() >= 2) {
    SymbolicShape kept = of;
    kept.dims[of.rank() - (3 - from_end)] = Dim::Known(1);
    const bool is_vector = given.rank() == 1 && given.dims[0] == of.dims[of.rank() - from_end];
    if (is_vector || given == kept) return {};
  }
  return MakeError(ErrorCode::shape_mismatch, "\"", in.value(index).name, "\" ", in.Text(given),
                   " is neither one element nor one for each ", what, " of \"", in.value(matrix).name, "\" ",
                   in.Text(of));
}

Status RequireRowParameter(const RuleInput& in, std::size_t index, std::size_t matrix) {
  return RequireParameterShape(in, index, matrix, 2, "row");
}

Status RequireColumnParameter(const RuleInput& in, std::size_t index, std::size_t matrix) {
  return RequireParameterShape(in, index, matrix, 1, "column");
}

Status RequireSameShape(const RuleInput& in, std::size_t scale, std::size_t zero_point) {
  if (in.shape(scale) == in.shape(zero_point)) return {};
  if (IsOneElement(in.shape(scale)) && IsOneElement(in.shape(zero_point))) return {};
  return MakeError(ErrorCode::shape_mismatch, "the scale \"", in.value(scale).name, "\" ", in.Text(in.shape(scale)),
                   " and the zero point \"", in.value(zero_point).name, "\" ", in.Text(in.shape(zero_point)),
                   " differ in shape");
}

}  // namespace

Status InferMatMul(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireF32(in));
  ALICE_ASSIGN_OR_RETURN(out[0].shape, ProductShape(in, in.shape(0), in.shape(1)));
  return {};
}

Status InferMatMulInteger(const RuleInput& in, std::span<TensorType> out) {
  for (const std::size_t index : {std::size_t{0}, std::size_t{1}}) {
    ALICE_RETURN_IF_ERROR(RequireInteger8(in, index));
    if (in.Has(index + 2)) ALICE_RETURN_IF_ERROR(RequireType(in, index + 2, in.value(index).dtype));
  }
  if (in.Has(2)) ALICE_RETURN_IF_ERROR(RequireRowParameter(in, 2, 0));
  if (in.Has(3)) ALICE_RETURN_IF_ERROR(RequireColumnParameter(in, 3, 1));
  out[0].dtype = DType::i32;
  ALICE_ASSIGN_OR_RETURN(out[0].shape, ProductShape(in, in.shape(0), in.shape(1)));
  return {};
}

Status InferQLinearMatMul(const RuleInput& in, std::span<TensorType> out) {
  for (const std::size_t index : {std::size_t{0}, std::size_t{3}}) {
    ALICE_RETURN_IF_ERROR(RequireInteger8(in, index));
    ALICE_RETURN_IF_ERROR(RequireType(in, index + 1, DType::f32));
    ALICE_RETURN_IF_ERROR(RequireType(in, index + 2, in.value(index).dtype));
    ALICE_RETURN_IF_ERROR(RequireSameShape(in, index + 1, index + 2));
  }
  ALICE_RETURN_IF_ERROR(RequireRowParameter(in, 1, 0));
  ALICE_RETURN_IF_ERROR(RequireColumnParameter(in, 4, 3));
  ALICE_RETURN_IF_ERROR(RequireType(in, 6, DType::f32));
  ALICE_RETURN_IF_ERROR(RequireInteger8(in, 7));
  for (const std::size_t index : {std::size_t{6}, std::size_t{7}}) {
    if (IsOneElement(in.shape(index))) continue;
    return MakeError(ErrorCode::model_unsupported_operator, "\"", in.value(index).name, "\" ", in.Text(in.shape(index)),
                     " gives the result a scale or zero point per row or column; only one "
                     "for the whole tensor is supported");
  }
  out[0].dtype = in.value(7).dtype;
  ALICE_ASSIGN_OR_RETURN(out[0].shape, ProductShape(in, in.shape(0), in.shape(3)));
  return {};
}

}  // namespace alice
