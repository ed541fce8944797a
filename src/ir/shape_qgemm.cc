#include "ir/rule_checks.h"

namespace alice {
namespace {

/// Holds input `index` to a constant of that type with one element, or where `columns` is not 0 that many.
Status RequireParameter(const RuleInput& in, std::size_t index, DType dtype, std::int64_t columns) {
  ALICE_RETURN_IF_ERROR(RequireType(in, index, dtype));
  const Value& value = in.value(index);
  if (!value.constant) {
    return MakeError(ErrorCode::model_unsupported_type, "\"", value.name, "\" is computed; it must be a constant");
  }
  const std::int64_t elements = value.constant->shape().elements();
  if (value.shape.rank() <= 1 && (elements == 1 || (columns != 0 && elements == columns))) return {};
  return MakeError(ErrorCode::shape_mismatch, "\"", value.name, "\" is ", in.Text(value.shape),
                   ", neither one element nor one a column");
}

}  // namespace

Status InferQGemm(const RuleInput& in, std::span<TensorType> out) {
  const auto& attributes = std::get<GemmAttributes>(in.node.attributes);
  const SymbolicShape &a = in.shape(0), &b = in.shape(3);
  const std::size_t k_of_a = attributes.trans_a ? 0 : 1, k_of_b = attributes.trans_b ? 1 : 0;
  ALICE_RETURN_IF_ERROR(RequireInteger8(in, 0));
  ALICE_RETURN_IF_ERROR(RequireInteger8(in, 3));
  if (a.rank() != 2 || b.rank() != 2 || a.dims[k_of_a] != b.dims[k_of_b] || !in.value(3).constant) {
    return MakeError(ErrorCode::shape_mismatch, "A ", in.Text(a), " and B ", in.Text(b),
                     " do not multiply, or B is no constant");
  }
  const Dim columns = b.dims[1 - k_of_b];
  ALICE_RETURN_IF_ERROR(RequireParameter(in, 1, DType::f32, 0));
  ALICE_RETURN_IF_ERROR(RequireParameter(in, 2, in.value(0).dtype, 0));
  ALICE_RETURN_IF_ERROR(RequireParameter(in, 4, DType::f32, columns.size));
  ALICE_RETURN_IF_ERROR(RequireParameter(in, 5, in.value(3).dtype, columns.size));
  if (in.value(4).shape != in.value(5).shape) {
    return MakeError(ErrorCode::shape_mismatch, "the scale and the zero point of B differ in shape");
  }
  if (in.Has(6)) {
    ALICE_RETURN_IF_ERROR(RequireType(in, 6, DType::i32));
    const SymbolicShape& c = in.shape(6);
    const bool is_row = c.rank() >= 1 && c.rank() <= 2 && c.dims.back() == columns;
    if (!in.value(6).constant || !is_row || (c.rank() == 2 && c.dims[0] != Dim::Known(1))) {
      return MakeError(ErrorCode::shape_mismatch, "C ", in.Text(c), " is no constant row of ", columns.size);
    }
  }
  out[0] = {DType::f32, {{a.dims[1 - k_of_a], columns}}};
  if (!in.Has(7)) return {};
  ALICE_RETURN_IF_ERROR(RequireParameter(in, 7, DType::f32, 0));
  out[0].dtype = in.Has(8) ? in.value(8).dtype : DType::u8;
  if (!in.Has(8)) return {};
  ALICE_RETURN_IF_ERROR(RequireInteger8(in, 8));
  return RequireParameter(in, 8, in.value(8).dtype, 0);
}

}  // namespace alice
