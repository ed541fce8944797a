#include "ir/rule_checks.h"

namespace alice {
namespace {

/// Holds the shapes of scale (input 1) and zero point (input 2) to one element, or a vector along `given_axis` of x.
Status RequireParameterShapes(const RuleInput& in, std::int64_t given_axis) {
  const SymbolicShape& x = in.shape(0);
  const SymbolicShape& scale = in.shape(1);
  const bool per_tensor = scale.rank() <= 1 && IsOneElement(scale);
  if (!per_tensor) {
    ALICE_ASSIGN_OR_RETURN(const std::size_t axis, AxisOf(in, given_axis, static_cast<std::int64_t>(x.rank()) - 1));
    if (scale.rank() != 1 || scale.dims[0] != x.dims[axis]) {
      return MakeError(ErrorCode::shape_mismatch, "the scale \"", in.value(1).name, "\" ", in.Text(scale),
                       " is neither one element nor one for each of axis ", given_axis, " of ", in.Text(x));
    }
  }
  if (!in.Has(2)) return {};
  const SymbolicShape& zero_point = in.shape(2);
  if (zero_point == scale || (per_tensor && zero_point.rank() <= 1 && IsOneElement(zero_point))) return {};
  return MakeError(ErrorCode::shape_mismatch, "the scale \"", in.value(1).name, "\" ", in.Text(scale),
                   " and the zero point \"", in.value(2).name, "\" ", in.Text(zero_point), " differ in shape");
}

}  // namespace

Status InferQuantizeLinear(const RuleInput& in, std::span<TensorType> out) {
  const auto& attributes = std::get<QuantizeLinearAttributes>(in.node.attributes);
  ALICE_RETURN_IF_ERROR(RequireType(in, 0, DType::f32));
  ALICE_RETURN_IF_ERROR(RequireType(in, 1, DType::f32));
  if (in.Has(2)) ALICE_RETURN_IF_ERROR(RequireInteger8(in, 2));
  ALICE_RETURN_IF_ERROR(RequireParameterShapes(in, attributes.axis));
  const DType dtype = in.Has(2) ? in.value(2).dtype : attributes.to.value_or(DType::u8);
  if (attributes.to.value_or(dtype) != dtype) {
    return MakeError(ErrorCode::model_unsupported_type, "the zero point \"", in.value(2).name, "\" is ",
                     DTypeName(dtype), ", but the result is to be ", DTypeName(*attributes.to));
  }
  if (dtype != DType::u8 && dtype != DType::s8) {
    return MakeError(ErrorCode::model_unsupported_type, "the result would be ", DTypeName(dtype),
                     "; it must be u8 or s8");
  }
  out[0] = {dtype, in.shape(0)};
  return {};
}

Status InferDequantizeLinear(const RuleInput& in, std::span<TensorType> out) {
  if (in.value(0).dtype != DType::i32) ALICE_RETURN_IF_ERROR(RequireInteger8(in, 0));
  ALICE_RETURN_IF_ERROR(RequireType(in, 1, DType::f32));
  if (in.Has(2)) ALICE_RETURN_IF_ERROR(RequireType(in, 2, in.value(0).dtype));
  ALICE_RETURN_IF_ERROR(RequireParameterShapes(in, std::get<DequantizeLinearAttributes>(in.node.attributes).axis));
  out[0] = {DType::f32, in.shape(0)};
  return {};
}

Status InferDynamicQuantizeLinear(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireF32(in));
  out[0] = {DType::u8, in.shape(0)};
  out[1] = {DType::f32, {}};
  out[2] = {DType::u8, {}};
  return {};
}

}  // namespace alice
