#include "ir/shape_inference.h"

#include <algorithm>
#include <limits>

#include "ir/shape_product.h"
#include "ir/shape_rules.h"

namespace alice {
namespace {

/// The known axes of every tensor are held to kMaxElements together.
Status CheckSize(const Value& value, const Graph& graph) {
  const Result<SymbolicProduct> product = ProductOf(value.shape.dims);
  if (product.ok() && product->factor <= kMaxElements) return {};
  return MakeError(ErrorCode::model_limit, "the size of \"", value.name, "\", ", value.shape.ToString(graph.symbols),
                   ", is beyond ", kMaxElements, " elements");
}

/// Codes that are no numbers are for DequantizeLinear alone.
Status CheckCodes(const Graph& graph, const Node& node) {
  if (node.kind == OpKind::DequantizeLinear) return {};
  for (const ValueId id : node.inputs) {
    if (id == kNoValue || !IsCode(graph.value(id).dtype)) continue;
    return MakeError(ErrorCode::model_unsupported_type, "input \"", graph.value(id).name, "\" is ",
                     DTypeName(graph.value(id).dtype), ", which only DequantizeLinear takes");
  }
  return {};
}

Status InferNode(Graph& graph, const Node& node) {
  ALICE_RETURN_IF_ERROR(CheckCodes(graph, node));
  std::vector<TensorType> out(node.outputs.size());
  ALICE_RETURN_IF_ERROR(ShapeRuleOf(node.kind)(RuleInput{graph, node}, out));
  for (std::size_t index = 0; index < out.size(); ++index) {
    Value& value = graph.value(node.outputs[index]);
    value.dtype = out[index].dtype;
    value.shape = std::move(out[index].shape);
    ALICE_RETURN_IF_ERROR(CheckSize(value, graph));
  }
  return {};
}

}  // namespace

Status InferShapes(Graph& graph) {
  for (const ValueId input : graph.inputs) ALICE_RETURN_IF_ERROR(CheckSize(graph.value(input), graph));
  for (const Node& node : graph.nodes) ALICE_RETURN_IF_ERROR(InferNodeShapes(graph, node));
  return {};
}

Status InferNodeShapes(Graph& graph, const Node& node) {
  Status status = InferNode(graph, node);
  if (status.ok()) return status;
  OwnedError error = std::move(status).error();
  error->message = std::string(InfoOf(node.kind).name) + " \"" + node.name + "\": " + error->message;
  return std::move(error).At(node.name);
}

Result<SymbolicShape> BroadcastShapes(const SymbolicShape& a, const SymbolicShape& b, const Graph& graph) {
  const SymbolicShape& longer = a.rank() >= b.rank() ? a : b;
  const SymbolicShape& shorter = a.rank() >= b.rank() ? b : a;
  const std::size_t lead = longer.rank() - shorter.rank();
  SymbolicShape shape = longer;
  for (std::size_t axis = 0; axis < shorter.rank(); ++axis) {
    Dim& dim = shape.dims[lead + axis];
    const Dim& other = shorter.dims[axis];
    if (dim == other || other == Dim::Known(1)) continue;
    if (dim != Dim::Known(1)) {
      return MakeError(ErrorCode::shape_mismatch, "the shapes ", a.ToString(graph.symbols), " and ",
                       b.ToString(graph.symbols), " do not broadcast");
    }
    dim = other;
  }
  return shape;
}

}  // namespace alice
