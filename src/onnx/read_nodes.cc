#include "onnx/read_nodes.h"

#include <optional>
#include <utility>

#include "ir/shape_inference.h"
#include "ir/verify.h"
#include "onnx/attribute_set.h"
#include "onnx/import_ops.h"
#include "onnx/inline.h"
#include "onnx/limits.h"
#include "onnx/read_tensor.h"
#include "onnx/read_value_info.h"

namespace alice {

Status NodeReader::Count() {
  if (node_count_++ < kMaxNodes) return {};
  return MakeError(ErrorCode::model_limit, "the model has more than ", kMaxNodes, " nodes");
}

Status NodeReader::CountIteration(std::size_t bytes) {
  unrolled_bytes_ += bytes;
  if (unrolled_bytes_ <= kMaxUnrolledBytes) return Count();
  return MakeError(ErrorCode::model_limit, "the iterations of the model's loops have more than ", kMaxUnrolledBytes,
                   " bytes");
}

Result<NodeFields> NodeReader::Next(std::string_view bytes) {
  ALICE_RETURN_IF_ERROR(Count());
  return ReadNode(bytes);
}

std::string NodeReader::NameOf(const NodeFields& fields) const {
  std::string name(fields.name);
  if (name.empty()) name = std::string(fields.op_type) + "#" + std::to_string(node_count_ - 1);
  return name.append(names_.Suffix());
}

Status NodeReader::CheckOperator(NodeFields fields) const {
  std::string name = NameOf(fields);
  fields.name = name;
  if (auto kind = KindOf(fields); !kind.ok()) return std::move(kind).error().At(std::move(name));
  return {};
}

Status NodeReader::Add(NodeFields fields) {
  std::string name = NameOf(fields);
  fields.name = name;
  if (Status status = AddFields(fields); !status.ok()) return std::move(status).error().At(std::move(name));
  return {};
}

Status NodeReader::AddFields(NodeFields& fields) {
  ALICE_ASSIGN_OR_RETURN(const OpKind kind, KindOf(fields));
  switch (kind) {
    case OpKind::Constant:
      return AddConstant(fields);
    case OpKind::If:
      return InlineIf(*this, fields);
    case OpKind::Loop:
      return InlineLoop(*this, fields);
    default:
      return AddOperator(kind, fields);
  }
}

Status NodeReader::AddConstant(const NodeFields& fields) {
  if (fields.outputs.size() != 1) {
    return MakeError(ErrorCode::model_invalid_graph, "Constant \"", fields.name, "\" has ", fields.outputs.size(),
                     " outputs instead of 1");
  }
  ALICE_ASSIGN_OR_RETURN(Tensor constant, ImportConstant(fields, budget_));
  return names_.DefineConstant(fields.outputs.front(), std::move(constant));
}

Status NodeReader::AddOperator(OpKind kind, NodeFields& fields) {
  Node node;
  node.kind = kind == OpKind::Upsample ? OpKind::Resize : kind;  // what later operator sets call it
  node.name = fields.name;
  ALICE_ASSIGN_OR_RETURN(node.attributes, ImportAttributes(kind, fields, opsets_.at(""), names_));
  for (const std::string_view input : fields.inputs) {
    ALICE_ASSIGN_OR_RETURN(const ValueId id, Operand(input, fields.name));
    node.inputs.push_back(id);
  }
  for (const std::string_view output : fields.outputs) {
    ALICE_ASSIGN_OR_RETURN(const ValueId id, Produced(output, node));
    node.outputs.push_back(id);
  }
  const bool may_be_constant = fields.outputs.size() == 1 && !IsOutput(fields.outputs.front());
  return Finish(std::move(node), may_be_constant);
}

Status NodeReader::Finish(Node node, bool may_be_constant) {
  if (KnowsShapes()) {
    ALICE_RETURN_IF_ERROR(VerifyForm(node));
    ALICE_RETURN_IF_ERROR(InferNodeShapes(graph_, node));
    std::optional<Tensor> result;
    if (may_be_constant) {
      ALICE_ASSIGN_OR_RETURN(result, options_.evaluate(graph_, node));
    }
    if (result) {
      graph_.value(node.outputs[0]).constant = std::move(result);
      return {};
    }
  }
  graph_.nodes.push_back(std::move(node));
  return {};
}

/// What a node produces under that name; without one it is a value that nobody reads.
Result<ValueId> NodeReader::Produced(std::string_view name, const Node& node) {
  if (!name.empty()) return names_.DefineValue(name, DType::f32, {});
  Value unused;
  unused.name = node.name + ".unused" + std::to_string(node.outputs.size());
  return graph_.AddValue(std::move(unused));
}

/// The operator of a node. Error: model_unsupported_operator.
Result<OpKind> NodeReader::KindOf(const NodeFields& fields) const {
  const std::optional<OpKind> kind = FindOp(fields.domain, fields.op_type);
  const auto opset = opsets_.find(fields.domain);
  if (kind && opset != opsets_.end() && opset->second >= InfoOf(*kind).first_opset) return *kind;
  const std::string version =
      opset == opsets_.end() ? "which the model does not import" : "opset " + std::to_string(opset->second);
  return MakeError(ErrorCode::model_unsupported_operator, "operator ", fields.op_type, " (domain ",
                   fields.domain.empty() ? "ai.onnx" : fields.domain, ", ", version, ") of node \"", fields.name,
                   "\" is not supported");
}

Result<ValueId> NodeReader::Operand(std::string_view name, std::string_view reader) {
  if (name.empty()) return kNoValue;
  if (const std::optional<ValueId> id = names_.Use(name)) return *id;
  return MakeError(ErrorCode::model_invalid_graph, "node \"", reader, "\" reads \"", name,
                   "\", which nothing before it defines");
}

Status NodeReader::DefineInitializers(const Subgraph& body) {
  for (const std::string_view bytes : body.initializers) {
    ALICE_ASSIGN_OR_RETURN(NamedTensor named, ReadTensor(bytes, "of a graph inside a node", budget_));
    ALICE_RETURN_IF_ERROR(names_.DefineConstant(named.name, std::move(named.tensor)));
  }
  return {};
}

Result<std::vector<ValueId>> NodeReader::ReadBody(const Subgraph& body, std::span<const ValueId> inputs,
                                                  std::size_t outputs, std::string_view suffix) {
  if (depth_ == kMaxGraphDepth) {
    return MakeError(ErrorCode::model_limit, "graphs inside nodes are nested more than ", kMaxGraphDepth, " deep");
  }
  if (body.inputs.size() != inputs.size() || body.outputs.size() < outputs) {
    return MakeError(ErrorCode::model_invalid_graph, "the graph inside it has ", body.inputs.size(), " inputs and ",
                     body.outputs.size(), " outputs instead of ", inputs.size(), " and ", outputs);
  }
  ++depth_;
  names_.Open(suffix);
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    ALICE_ASSIGN_OR_RETURN(const std::string_view name, ReadValueName(body.inputs[index]));
    ALICE_RETURN_IF_ERROR(names_.DefineAlias(name, inputs[index]));
  }
  for (const std::string_view bytes : body.nodes) {
    ALICE_ASSIGN_OR_RETURN(NodeFields fields, Next(bytes));
    ALICE_RETURN_IF_ERROR(Add(std::move(fields)));
  }
  std::vector<ValueId> values;
  for (std::size_t index = 0; index < outputs; ++index) {
    ALICE_ASSIGN_OR_RETURN(const std::string_view name, ReadValueName(body.outputs[index]));
    const std::optional<ValueId> id = names_.Use(name);
    if (!id) return MakeError(ErrorCode::model_invalid_graph, "nothing defines \"", name, "\", an output inside it");
    values.push_back(*id);
  }
  names_.Close();
  --depth_;
  return values;
}

Result<ValueId> NodeReader::Emit(OpKind kind, std::string name, std::vector<ValueId> inputs, Attributes attributes) {
  ALICE_RETURN_IF_ERROR(Count());
  Node node;
  node.kind = kind;
  node.name = std::move(name);
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  Value output;
  output.name = node.name;
  const ValueId id = graph_.AddValue(std::move(output));
  node.outputs = {id};
  ALICE_RETURN_IF_ERROR(Finish(std::move(node), true));
  return id;
}

Status NodeReader::Bind(const NodeFields& node, std::span<const ValueId> values) {
  for (std::size_t index = 0; index < values.size(); ++index) {
    const std::string_view name = node.outputs[index];
    if (name.empty()) continue;
    if (!IsOutput(name)) {
      ALICE_RETURN_IF_ERROR(names_.DefineAlias(name, values[index]));
      continue;
    }
    Node copy;
    copy.name = std::string(node.name) + "." + std::to_string(index);
    copy.inputs = {values[index]};
    ALICE_ASSIGN_OR_RETURN(const ValueId output, names_.DefineValue(name, DType::f32, {}));
    copy.outputs = {output};
    ALICE_RETURN_IF_ERROR(Finish(std::move(copy), false));
  }
  return {};
}

}  // namespace alice
