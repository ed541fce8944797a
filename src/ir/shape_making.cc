#include "ir/made_elements.h"
#include "ir/rule_checks.h"
#include "ir/shape_movement.h"

namespace alice {

Status InferShape(const RuleInput& in, std::span<TensorType> out) {
  const AxisInterval axes = AxesOfShape(std::get<ShapeAttributes>(in.node.attributes), in.shape(0).rank());
  out[0] = {DType::i64, {{Dim::Known(static_cast<std::int64_t>(axes.end - axes.begin))}}};
  return {};
}

Status InferSize(const RuleInput& /*in*/, std::span<TensorType> out) {
  out[0] = {DType::i64, {}};
  return {};
}

Status InferConstantOfShape(const RuleInput& in, std::span<TensorType> out) {
  const auto& fill = std::get<FillAttributes>(in.node.attributes);
  out[0] = {fill.dtype, SymbolicShape::Of(fill.dims)};
  return {};
}

Status InferRange(const RuleInput& in, std::span<TensorType> out) {
  const DType dtype = in.value(0).dtype;
  if (dtype != DType::i32 && dtype != DType::i64) ALICE_RETURN_IF_ERROR(RequireType(in, 0, DType::f32));
  for (std::size_t index = 0; index < 3; ++index) {
    ALICE_RETURN_IF_ERROR(RequireType(in, index, dtype));
    if (!IsOneElement(in.shape(index))) {
      return MakeError(ErrorCode::shape_mismatch, "\"", in.value(index).name, "\" ", in.Text(in.shape(index)),
                       " is not one element");
    }
    const Value& value = in.value(index);
    if (!value.constant || value.constant->released()) {
      return MakeError(ErrorCode::shape_unresolved, "\"", value.name,
                       "\", which its size follows from, is not a constant");
    }
  }
  ALICE_ASSIGN_OR_RETURN(const std::int64_t count,
                         RangeCount(*in.value(0).constant, *in.value(1).constant, *in.value(2).constant));
  out[0] = {dtype, {{Dim::Known(count)}}};
  return {};
}

}  // namespace alice
