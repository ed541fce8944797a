#include <algorithm>
#include <limits>

#include "ir/reduction.h"
#include "onnx/attribute_set.h"

namespace alice {
namespace {

/// The i64 elements of input 1, `what`, which leaves the node; no rank where it is not given. Errors: shape_unresolved,
/// model_invalid_graph, model_limit.
Result<Shape> TakeListInput(ImportContext& context, std::string_view what) {
  NodeFields& node = context.node;
  if (node.inputs.size() < 2) return Shape();
  const std::string_view name = node.inputs[1];
  if (node.inputs.size() == 2) node.inputs.pop_back();
  if (name.empty()) return Shape();
  const Tensor* const list = context.names.TakeConstant(name);
  if (list == nullptr) {
    return MakeError(ErrorCode::shape_unresolved, Title(node), " takes its ", what, " from \"", name,
                     "\", which is not a constant");
  }
  if (list->dtype() != DType::i64 || list->shape().rank() > 1) {
    return MakeError(ErrorCode::model_invalid_graph, "the ", what, " \"", name, "\" of ", Title(node), " is ",
                     DTypeName(list->dtype()), list->shape().ToString(), " instead of an i64 vector");
  }
  const std::span<const std::int64_t> elements = list->elements<const std::int64_t>();
  if (elements.size() <= kMaxRank) return Shape(elements);
  return MakeError(ErrorCode::model_limit, "the ", what, " \"", name, "\" of ", Title(node), " has ", elements.size(),
                   " elements; the most is ", kMaxRank);
}

}  // namespace

Result<Attributes> ImportReduction(ImportContext& context) {
  ReduceAttributes reduce;
  ALICE_ASSIGN_OR_RETURN(const std::int64_t keep_dims, context.given.Int("keepdims", 1));
  reduce.keep_dims = keep_dims != 0;
  if (context.opset < FirstOpsetWithAxesInput(*FindOp("", context.node.op_type))) {
    ALICE_ASSIGN_OR_RETURN(reduce.axes, context.given.Ints("axes"));
    return Attributes(reduce);
  }
  ALICE_ASSIGN_OR_RETURN(const std::int64_t noop, context.given.Int("noop_with_empty_axes", 0));
  reduce.noop_without_axes = noop != 0;
  ALICE_ASSIGN_OR_RETURN(reduce.axes, TakeListInput(context, "axes"));
  return Attributes(reduce);
}

Result<Attributes> ImportArgExtreme(ImportContext& context) {
  ArgAttributes arg;
  ALICE_ASSIGN_OR_RETURN(arg.axis, context.given.Int("axis", arg.axis));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t keep_dims, context.given.Int("keepdims", 1));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t select_last, context.given.Int("select_last_index", 0));
  arg.keep_dims = keep_dims != 0;
  arg.select_last = select_last != 0;
  return Attributes(arg);
}

Result<Attributes> ImportTopK(ImportContext& context) {
  constexpr std::int64_t kFirstWithInput = 10;
  TopKAttributes top;
  ALICE_ASSIGN_OR_RETURN(top.axis, context.given.Int("axis", top.axis));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t largest, context.given.Int("largest", 1));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t sorted, context.given.Int("sorted", 1));
  top.largest = largest != 0;
  top.sorted = sorted != 0;
  Shape k;
  if (context.opset < kFirstWithInput) {
    ALICE_ASSIGN_OR_RETURN(const std::int64_t given, context.given.Int("k", -1));
    k.Append(given);
  } else {
    ALICE_ASSIGN_OR_RETURN(k, TakeListInput(context, "k"));
  }
  if (k.rank() != 1 || k[0] < 0 || k[0] > kMaxElements) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has the k ", k.ToString(),
                     " instead of one number");
  }
  top.k = k[0];
  return Attributes(top);
}

}  // namespace alice
