#include "ir/shape_math.h"

#include "ir/rule_checks.h"
#include "ir/shape_inference.h"

namespace alice {
namespace {

Status RequireNumber(const RuleInput& in, std::size_t index) {
  const Value& value = in.value(index);
  if (value.dtype != DType::boolean) return {};
  return MakeError(ErrorCode::model_unsupported_type, "input \"", value.name, "\" is boolean; it must be a number");
}

/// The shape that all inputs broadcast to.
Result<SymbolicShape> BroadcastAll(const RuleInput& in) {
  SymbolicShape shape = in.shape(0);
  for (std::size_t index = 1; index < in.node.inputs.size(); ++index) {
    ALICE_ASSIGN_OR_RETURN(shape, BroadcastShapes(shape, in.shape(index), in.graph));
  }
  return shape;
}

Status InferBroadcast(const RuleInput& in, DType operands, DType result, std::span<TensorType> out) {
  for (std::size_t index = 0; index < in.node.inputs.size(); ++index) {
    ALICE_RETURN_IF_ERROR(RequireType(in, index, operands));
  }
  out[0].dtype = result;
  ALICE_ASSIGN_OR_RETURN(out[0].shape, BroadcastAll(in));
  return {};
}

}  // namespace

Status InferSame(const RuleInput& in, std::span<TensorType> out) {
  out[0] = {in.value(0).dtype, in.shape(0)};
  return {};
}

Status InferUnaryF32(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireF32(in));
  return InferSame(in, out);
}

Status InferUnaryNumber(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireNumber(in, 0));
  return InferSame(in, out);
}

Status InferNot(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireType(in, 0, DType::boolean));
  return InferSame(in, out);
}

Status InferBroadcastF32(const RuleInput& in, std::span<TensorType> out) {
  return InferBroadcast(in, DType::f32, DType::f32, out);
}

Status InferBroadcastNumber(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireNumber(in, 0));
  return InferBroadcast(in, in.value(0).dtype, in.value(0).dtype, out);
}

Status InferBroadcastBoolean(const RuleInput& in, std::span<TensorType> out) {
  return InferBroadcast(in, DType::boolean, DType::boolean, out);
}

Status InferEqual(const RuleInput& in, std::span<TensorType> out) {
  return InferBroadcast(in, in.value(0).dtype, DType::boolean, out);
}

Status InferOrder(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireNumber(in, 0));
  return InferEqual(in, out);
}

Status InferBitShift(const RuleInput& in, std::span<TensorType> out) {
  return InferBroadcast(in, DType::u8, DType::u8, out);
}

Status InferClip(const RuleInput& in, std::span<TensorType> out) {
  constexpr Activation kUnbounded{ActivationKind::clip};
  const auto* const clip = std::get_if<Activation>(&in.node.attributes);
  if (clip != nullptr && *clip != kUnbounded) return InferUnaryF32(in, out);
  ALICE_RETURN_IF_ERROR(RequireNumber(in, 0));
  for (std::size_t index = 1; index < in.node.inputs.size(); ++index) {
    if (!in.Has(index)) continue;
    ALICE_RETURN_IF_ERROR(RequireType(in, index, in.value(0).dtype));
    if (IsOneElement(in.shape(index))) continue;
    return MakeError(ErrorCode::shape_mismatch, "the bound \"", in.value(index).name, "\" ", in.Text(in.shape(index)),
                     " is not one element");
  }
  return InferSame(in, out);
}

Status InferMod(const RuleInput& in, std::span<TensorType> out) {
  if (in.value(0).dtype == DType::f32 && !std::get<ModAttributes>(in.node.attributes).fmod) {
    return MakeError(ErrorCode::model_unsupported_type, "input \"", in.value(0).name,
                     "\" is f32, whose remainder is that of fmod=1 only");
  }
  return InferBroadcastNumber(in, out);
}

Status InferPow(const RuleInput& in, std::span<TensorType> out) {
  const DType dtype = in.value(0).dtype;
  if (dtype != DType::f32 && dtype != DType::i32 && dtype != DType::i64) {
    return MakeError(ErrorCode::model_unsupported_type, "input \"", in.value(0).name, "\" is ", DTypeName(dtype),
                     "; it must be f32, i32 or i64");
  }
  ALICE_RETURN_IF_ERROR(RequireNumber(in, 1));
  out[0].dtype = dtype;
  ALICE_ASSIGN_OR_RETURN(out[0].shape, BroadcastAll(in));
  return {};
}

Status InferPRelu(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(InferBroadcastNumber(in, out));
  if (out[0].shape == in.shape(0)) return {};
  return MakeError(ErrorCode::shape_mismatch, "the slope ", in.Text(in.shape(1)), " does not broadcast to x ",
                   in.Text(in.shape(0)));
}

Status InferWhere(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireType(in, 0, DType::boolean));
  ALICE_RETURN_IF_ERROR(RequireType(in, 2, in.value(1).dtype));
  out[0].dtype = in.value(1).dtype;
  ALICE_ASSIGN_OR_RETURN(out[0].shape, BroadcastAll(in));
  return {};
}

}  // namespace alice
