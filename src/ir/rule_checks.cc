#include "ir/rule_checks.h"

#include <algorithm>

namespace alice {

Status RequireType(const RuleInput& in, std::size_t index, DType wanted) {
  const Value& value = in.value(index);
  if (value.dtype == wanted) return {};
  return MakeError(ErrorCode::model_unsupported_type, "input \"", value.name, "\" is ", DTypeName(value.dtype),
                   "; it must be ", DTypeName(wanted));
}

Status RequireF32(const RuleInput& in) {
  for (std::size_t index = 0; index < in.node.inputs.size(); ++index) {
    if (in.Has(index)) ALICE_RETURN_IF_ERROR(RequireType(in, index, DType::f32));
  }
  return {};
}

Status RequireInteger8(const RuleInput& in, std::size_t index) {
  const Value& value = in.value(index);
  if (value.dtype == DType::u8 || value.dtype == DType::s8) return {};
  return MakeError(ErrorCode::model_unsupported_type, "input \"", value.name, "\" is ", DTypeName(value.dtype),
                   "; it must be u8 or s8");
}

Result<std::size_t> AxisOf(const RuleInput& in, std::int64_t axis, std::int64_t most) {
  const auto rank = static_cast<std::int64_t>(in.shape(0).rank());
  if (axis < -rank || axis > most) {
    return MakeError(ErrorCode::shape_mismatch, "the axis ", axis, " is outside of the shape ", in.Text(in.shape(0)));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

bool IsOneElement(const SymbolicShape& shape) {
  return std::all_of(shape.dims.begin(), shape.dims.end(), [](const Dim& dim) { return dim == Dim::Known(1); });
}

}  // namespace alice
