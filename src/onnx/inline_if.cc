#include <optional>

#include "onnx/attribute_set.h"
#include "onnx/inline.h"
#include "onnx/read_nodes.h"

namespace alice {
namespace {

constexpr std::string_view kThen = "then_branch";
constexpr std::string_view kElse = "else_branch";

Result<std::vector<ValueId>> ReadBranch(NodeReader& reader, const NodeFields& node, std::string_view name) {
  ALICE_ASSIGN_OR_RETURN(const Subgraph branch, ReadSubgraph(node, name));
  reader.names().Open("");
  ALICE_RETURN_IF_ERROR(reader.DefineInitializers(branch));
  ALICE_ASSIGN_OR_RETURN(std::vector<ValueId> values, reader.ReadBody(branch, {}, node.outputs.size(), ""));
  reader.names().Close();
  return values;
}

/// The condition as a scalar, which broadcasts to every shape.
Result<ValueId> Scalar(NodeReader& reader, const NodeFields& node, ValueId condition) {
  if (reader.graph().value(condition).shape.rank() == 0) return condition;
  return reader.Emit(OpKind::Reshape, std::string(node.name) + ".condition", {condition}, ReshapeAttributes{});
}

Result<ValueId> Chosen(NodeReader& reader, const NodeFields& node, ValueId condition, ValueId then, ValueId otherwise) {
  if (then == otherwise) return then;
  const Graph& graph = reader.graph();
  const Value& a = graph.value(then);
  const Value& b = graph.value(otherwise);
  if (!reader.KnowsShapes() || a.dtype != b.dtype || a.shape != b.shape) {
    return MakeError(ErrorCode::shape_unresolved, Title(node), " is decided by \"", node.inputs.front(),
                     "\", which is not a constant, and its branches give \"", a.name, "\" ", DTypeName(a.dtype),
                     a.shape.ToString(graph.symbols), " or \"", b.name, "\" ", DTypeName(b.dtype),
                     b.shape.ToString(graph.symbols))
        .WithHint("where it follows from the shapes of inputs, give these when the model is loaded");
  }
  return reader.Emit(OpKind::Where, std::string(node.name) + "." + a.name, {condition, then, otherwise});
}

}  // namespace

Result<std::optional<bool>> ConstantCondition(const Graph& graph, ValueId condition) {
  if (!graph.IsConstant(condition)) return std::optional<bool>();
  const Value& value = graph.value(condition);
  if (value.dtype == DType::boolean && value.constant->shape().elements() == 1) {
    return std::optional<bool>(value.constant->elements<const bool>()[0]);
  }
  return MakeError(ErrorCode::model_invalid_graph, "the condition \"", value.name, "\" is ", DTypeName(value.dtype),
                   value.constant->shape().ToString(), " instead of one boolean");
}

Status InlineIf(NodeReader& reader, const NodeFields& node) {
  if (node.inputs.size() != 1 || node.attributes.size() != 2) {
    return MakeError(ErrorCode::model_invalid_graph, Title(node), " has ", node.inputs.size(), " inputs and ",
                     node.attributes.size(), " attributes instead of a condition and two branches");
  }
  ALICE_ASSIGN_OR_RETURN(ValueId condition, reader.Operand(node.inputs.front(), node.name));
  ALICE_ASSIGN_OR_RETURN(const std::optional<bool> constant, ConstantCondition(reader.graph(), condition));
  if (constant) {
    ALICE_ASSIGN_OR_RETURN(const std::vector<ValueId> values, ReadBranch(reader, node, *constant ? kThen : kElse));
    return reader.Bind(node, values);
  }
  ALICE_ASSIGN_OR_RETURN(std::vector<ValueId> values, ReadBranch(reader, node, kThen));
  ALICE_ASSIGN_OR_RETURN(const std::vector<ValueId> others, ReadBranch(reader, node, kElse));
  ALICE_ASSIGN_OR_RETURN(condition, Scalar(reader, node, condition));
  for (std::size_t index = 0; index < values.size(); ++index) {
    ALICE_ASSIGN_OR_RETURN(values[index], Chosen(reader, node, condition, values[index], others[index]));
  }
  return reader.Bind(node, values);
}

}  // namespace alice
