#include "onnx/subgraph.h"

#include <algorithm>

#include "onnx/attribute_set.h"
#include "onnx/limits.h"
#include "onnx/message.h"
#include "onnx/onnx_fields.h"
#include "onnx/read_value_info.h"

namespace alice {
namespace {

Result<Subgraph> ReadParts(std::string_view bytes) {
  Subgraph graph;
  const auto keep = [](std::string_view part, std::size_t most, std::vector<std::string_view>& parts) -> Status {
    if (parts.size() == most) {
      return MakeError(ErrorCode::model_limit, "a graph inside a node has more than ", most, " parts of a kind");
    }
    parts.push_back(part);
    return {};
  };
  graph.repeated_bytes = bytes.size();
  for (Message<GraphField> message(bytes); message.Next();) {
    switch (message.field()) {
      case GraphField::node:
        ALICE_RETURN_IF_ERROR(keep(message.Bytes(), kMaxNodes, graph.nodes));
        break;
      case GraphField::initializer: {
        const std::string_view tensor = message.Bytes();
        graph.repeated_bytes -= tensor.size();
        ALICE_RETURN_IF_ERROR(keep(tensor, kMaxValues, graph.initializers));
        break;
      }
      case GraphField::input:
        ALICE_RETURN_IF_ERROR(keep(message.Bytes(), kMaxNodeInputs, graph.inputs));
        break;
      case GraphField::output:
        ALICE_RETURN_IF_ERROR(keep(message.Bytes(), kMaxNodeInputs, graph.outputs));
        break;
      case GraphField::sparse_initializer:
        return MakeError(ErrorCode::model_unsupported_type, "a graph inside a node has a sparse initializer");
      default:
        message.Skip();
    }
  }
  return graph;
}

Status AddNames(const NodeFields& node, int depth, std::size_t& nodes_left, std::set<std::string_view>& names) {
  for (const AttributeFields& attribute : node.attributes) {
    if (attribute.type != AttributeType::graph) continue;
    if (depth == kMaxGraphDepth) {
      return MakeError(ErrorCode::model_limit, "graphs inside nodes are nested more than ", kMaxGraphDepth, " deep");
    }
    ALICE_ASSIGN_OR_RETURN(const Subgraph graph, ReadParts(attribute.graph));
    if (graph.nodes.size() > nodes_left) {
      return MakeError(ErrorCode::model_limit, "the model has more than ", kMaxNodes, " nodes");
    }
    nodes_left -= graph.nodes.size();
    for (const std::string_view bytes : graph.nodes) {
      ALICE_ASSIGN_OR_RETURN(const NodeFields inner, ReadNode(bytes));
      names.insert(inner.inputs.begin(), inner.inputs.end());
      ALICE_RETURN_IF_ERROR(AddNames(inner, depth + 1, nodes_left, names));
    }
    for (const std::string_view bytes : graph.outputs) {
      ALICE_ASSIGN_OR_RETURN(const std::string_view name, ReadValueName(bytes));
      names.insert(name);
    }
  }
  return {};
}

}  // namespace

Result<Subgraph> ReadSubgraph(const NodeFields& node, std::string_view name) {
  const auto attribute = std::ranges::find(node.attributes, name, &AttributeFields::name);
  if (attribute != node.attributes.end() && attribute->type == AttributeType::graph) return ReadParts(attribute->graph);
  return MakeError(ErrorCode::model_invalid_graph, Title(node), " has no graph \"", name, "\"");
}

Status AddNamesReadInside(const NodeFields& node, std::size_t& nodes_left, std::set<std::string_view>& names) {
  return AddNames(node, 0, nodes_left, names);
}

}  // namespace alice
