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

/// Holds the shapes of scale and zero point to that of x with `axis` counted in blocks.
Status RequireBlockShapes(const RuleInput& in, const DequantizeLinearAttributes& attributes) {
  const auto most = static_cast<std::int64_t>(in.shape(0).rank()) - 1;
  ALICE_ASSIGN_OR_RETURN(const std::size_t axis, AxisOf(in, attributes.axis, most));
  SymbolicShape blocks = in.shape(0);
  Dim& along = blocks.dims[axis];
  if (along.known())
    along.size = along.size / attributes.block_size + (along.size % attributes.block_size != 0 ? 1 : 0);
  for (std::size_t index = 1; index < in.node.inputs.size(); ++index) {
    if (!in.Has(index) || in.shape(index) == blocks) continue;
    return MakeError(ErrorCode::shape_mismatch, "\"", in.value(index).name, "\" is ", in.Text(in.shape(index)),
                     "; blocks of ", attributes.block_size, " along axis ", attributes.axis, " of ",
                     in.Text(in.shape(0)), " ask for ", in.Text(blocks));
  }
  return {};
}

/// Blocks and codes that are no numbers are resolved at load.
Status RequireConstants(const RuleInput& in) {
  for (std::size_t index = 0; index < in.node.inputs.size(); ++index) {
    if (!in.Has(index) || in.value(index).constant) continue;
    return MakeError(ErrorCode::model_unsupported_type, "\"", in.value(index).name, "\" is computed; with blocks or ",
                     DTypeName(in.value(0).dtype), " codes it must be a constant");
  }
  return {};
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
  const auto& attributes = std::get<DequantizeLinearAttributes>(in.node.attributes);
  const DType code = in.value(0).dtype;
  if (code != DType::i32 && !IsCode(code)) ALICE_RETURN_IF_ERROR(RequireInteger8(in, 0));
  ALICE_RETURN_IF_ERROR(RequireType(in, 1, DType::f32));
  if (in.Has(2)) ALICE_RETURN_IF_ERROR(RequireType(in, 2, code));
  if (attributes.block_size == 0) {
    ALICE_RETURN_IF_ERROR(RequireParameterShapes(in, attributes.axis));
  } else {
    ALICE_RETURN_IF_ERROR(RequireBlockShapes(in, attributes));
  }
  if (IsCode(code) || attributes.block_size != 0) ALICE_RETURN_IF_ERROR(RequireConstants(in));
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
