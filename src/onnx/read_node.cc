#include "onnx/read_node.h"

#include <algorithm>

#include "onnx/limits.h"
#include "onnx/message.h"

namespace alice {
namespace {

Result<AttributeFields> ReadAttribute(std::string_view bytes) {
  AttributeFields attribute;
  attribute.bytes = bytes;
  for (Message<AttributeField> message(bytes); message.Next();) {
    switch (message.field()) {
      case AttributeField::name: {
        ALICE_ASSIGN_OR_RETURN(attribute.name, CheckName(message.Bytes(), "attribute"));
        break;
      }
      case AttributeField::f:
        attribute.f = message.Float();
        break;
      case AttributeField::i:
        attribute.i = message.Int();
        break;
      case AttributeField::s:
        attribute.text = message.Bytes();
        break;
      case AttributeField::t:
        attribute.tensor = message.Bytes();
        break;
      case AttributeField::g:
        attribute.graph = message.Bytes();
        break;
      case AttributeField::type:
        attribute.type = static_cast<AttributeType>(message.Int());
        break;
      default:
        message.Skip();
    }
  }
  return attribute;
}

Status Append(std::string_view name, std::string_view what, std::vector<std::string_view>& names) {
  if (names.size() == kMaxNodeInputs) {
    return MakeError(ErrorCode::model_limit, "a node has more than ", kMaxNodeInputs, " ", what, "s");
  }
  ALICE_ASSIGN_OR_RETURN(name, CheckName(name, what));
  names.push_back(name);
  return {};
}

Status Append(AttributeFields attribute, std::vector<AttributeFields>& attributes) {
  if (attributes.size() == kMaxNodeAttributes) {
    return MakeError(ErrorCode::model_limit, "a node has more than ", kMaxNodeAttributes, " attributes");
  }
  const auto same_name = [&](const AttributeFields& other) { return other.name == attribute.name; };
  if (std::any_of(attributes.begin(), attributes.end(), same_name)) {
    return MakeError(ErrorCode::model_malformed, "the attribute \"", attribute.name, "\" is given twice");
  }
  attributes.push_back(attribute);
  return {};
}

/// An input or output that is left out at the end is written as "" or not at all.
void TrimEmpty(std::vector<std::string_view>& names) {
  while (!names.empty() && names.back().empty()) names.pop_back();
}

Status ReadFields(std::string_view bytes, NodeFields& node) {
  for (Message<NodeField> message(bytes); message.Next();) {
    switch (message.field()) {
      case NodeField::input:
        ALICE_RETURN_IF_ERROR(Append(message.Bytes(), "input", node.inputs));
        break;
      case NodeField::output:
        ALICE_RETURN_IF_ERROR(Append(message.Bytes(), "output", node.outputs));
        break;
      case NodeField::name: {
        ALICE_ASSIGN_OR_RETURN(node.name, CheckName(message.Bytes(), "node"));
        break;
      }
      case NodeField::op_type: {
        ALICE_ASSIGN_OR_RETURN(node.op_type, CheckName(message.Bytes(), "operator"));
        break;
      }
      case NodeField::attribute: {
        ALICE_ASSIGN_OR_RETURN(const AttributeFields attribute, ReadAttribute(message.Bytes()));
        ALICE_RETURN_IF_ERROR(Append(attribute, node.attributes));
        break;
      }
      case NodeField::domain: {
        ALICE_ASSIGN_OR_RETURN(node.domain, CheckName(message.Bytes(), "domain"));
        if (node.domain == "ai.onnx") node.domain = "";
        break;
      }
      default:
        message.Skip();
    }
  }
  TrimEmpty(node.inputs);
  TrimEmpty(node.outputs);
  if (node.op_type.empty()) {
    return MakeError(ErrorCode::model_malformed, "the node \"", node.name, "\" names no operator");
  }
  return {};
}

}  // namespace

Result<std::string_view> CheckName(std::string_view name, std::string_view what) {
  if (name.size() <= kMaxNameBytes) return name;
  return MakeError(ErrorCode::model_limit, what, " name of ", name.size(), " bytes; the most is ", kMaxNameBytes);
}

Result<NodeFields> ReadNode(std::string_view bytes) {
  NodeFields node;
  if (Status status = ReadFields(bytes, node); !status.ok()) {
    return std::move(status).error().At(std::string(node.name));
  }
  return node;
}

}  // namespace alice
