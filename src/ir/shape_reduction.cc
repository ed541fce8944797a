#include <algorithm>
#include <vector>

#include "ir/reduction.h"
#include "ir/rule_checks.h"

namespace alice {
namespace {

Status CheckReducible(const RuleInput& in) {
  const Reduction reduction = ReductionOf(in.node.kind);
  const DType dtype = in.value(0).dtype;
  const bool is_sum = dtype == DType::f32 || (!reduction.is_real() && (dtype == DType::i32 || dtype == DType::i64));
  if (reduction.picks() || is_sum) return {};
  return MakeError(ErrorCode::model_unsupported_type, "input \"", in.value(0).name, "\" is ", DTypeName(dtype),
                   reduction.is_real() ? "; it must be f32" : "; it must be f32, i32 or i64");
}

Status CheckArithmetic(const RuleInput& in) {
  if (in.value(0).dtype != DType::boolean) return {};
  return MakeError(ErrorCode::model_unsupported_type, "input \"", in.value(0).name,
                   "\" is boolean; it must be a number");
}

/// The shape of the input where each of `reduced` is 1, or gone.
SymbolicShape Reduced(const SymbolicShape& shape, const AxisSet& reduced, bool keep_dims) {
  SymbolicShape result;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    if (!reduced[axis]) {
      result.dims.push_back(shape.dims[axis]);
    } else if (keep_dims) {
      result.dims.push_back(Dim::Known(1));
    }
  }
  return result;
}

}  // namespace

Status InferReduction(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(CheckReducible(in));
  const auto& reduce = std::get<ReduceAttributes>(in.node.attributes);
  const auto last = static_cast<std::int64_t>(in.shape(0).rank()) - 1;
  for (const std::int64_t axis : reduce.axes.dims()) ALICE_RETURN_IF_ERROR(AxisOf(in, axis, last));
  out[0] = {in.value(0).dtype, Reduced(in.shape(0), ReducedAxes(reduce, in.shape(0).rank()), reduce.keep_dims)};
  return {};
}

Status InferArgExtreme(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(CheckArithmetic(in));
  const auto& arg = std::get<ArgAttributes>(in.node.attributes);
  const SymbolicShape& shape = in.shape(0);
  ALICE_ASSIGN_OR_RETURN(const std::size_t axis, AxisOf(in, arg.axis, static_cast<std::int64_t>(shape.rank()) - 1));
  if (shape.dims[axis] == Dim::Known(0)) {
    return MakeError(ErrorCode::shape_mismatch, "the axis ", arg.axis, " of ", in.Text(shape), " is empty");
  }
  AxisSet reduced{};
  reduced[axis] = true;
  out[0] = {DType::i64, Reduced(shape, reduced, arg.keep_dims)};
  return {};
}

Status InferTopK(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(CheckArithmetic(in));
  const auto& top = std::get<TopKAttributes>(in.node.attributes);
  SymbolicShape shape = in.shape(0);
  ALICE_ASSIGN_OR_RETURN(const std::size_t axis, AxisOf(in, top.axis, static_cast<std::int64_t>(shape.rank()) - 1));
  Dim& dim = shape.dims[axis];
  if (dim.known() && dim.size < top.k) {
    return MakeError(ErrorCode::shape_mismatch, "the axis ", top.axis, " of ", in.Text(shape), " has fewer than ",
                     top.k, " elements");
  }
  dim = Dim::Known(top.k);
  out[0] = {in.value(0).dtype, shape};
  if (out.size() > 1) out[1] = {DType::i64, std::move(shape)};
  return {};
}

}  // namespace alice
