#include "passes/rewrite.h"

#include <algorithm>
#include <cstring>

namespace alice {
namespace {

std::vector<ValueId> OperandsOf(const Node& node) {
  std::vector<ValueId> operands;
  for (const ValueId input : node.inputs) {
    if (input != kNoValue) operands.push_back(input);
  }
  if (node.quantized) {
    QuantizedForm::ForEachValue(*node.quantized, [&](ValueId id) { operands.push_back(id); });
  }
  return operands;
}

Status RequireElements(const Tensor& tensor) {
  if (!tensor.released()) return {};
  return MakeError(ErrorCode::internal, "a constant ", tensor.shape().ToString(), " was released before its last use");
}

}  // namespace

Rewriter::Rewriter(Graph& graph, MemoryBudget& budget) : graph_(graph), budget_(budget) {
  Track();
  for (const Value& value : graph.values) names_.emplace(value.name, 2);
  for (const Node& node : graph.nodes) {
    for (const ValueId id : OperandsOf(node)) ++uses_[Index(id)];
  }
  for (const ValueId id : graph.outputs) {
    ++uses_[Index(id)];
    is_output_[Index(id)] = true;
  }
}

void Rewriter::Track() {
  uses_.resize(graph_.values.size(), 0);
  is_output_.resize(graph_.values.size(), false);
  producer_.resize(graph_.values.size(), -1);
}

void Rewriter::Emit(Node node) {
  graph_.nodes.push_back(std::move(node));
  Count(graph_.nodes.back());
}

ValueId Rewriter::EmitNew(OpKind kind, const std::string& name, std::vector<ValueId> inputs,
                          const Attributes& attributes, DType dtype, SymbolicShape shape) {
  Node node;
  node.kind = kind;
  node.name = name;
  node.inputs = std::move(inputs);
  node.outputs = {NewValue(name, dtype, std::move(shape))};
  node.attributes = attributes;
  const ValueId output = node.outputs[0];
  Emit(std::move(node));
  return output;
}

Node* Rewriter::ProducerOf(ValueId id) {
  const std::int32_t index = producer_[Index(id)];
  return index < 0 ? nullptr : &graph_.nodes[static_cast<std::size_t>(index)];
}

void Rewriter::Count(const Node& node) {
  for (const ValueId id : OperandsOf(node)) ++uses_[Index(id)];
  for (const ValueId id : node.outputs) {
    producer_[Index(id)] = static_cast<std::int32_t>(&node - graph_.nodes.data());
  }
}

std::vector<ValueId> Rewriter::Uncount(const Node& node) {
  std::vector<ValueId> operands = OperandsOf(node);
  for (const ValueId id : operands) --uses_[Index(id)];
  for (const ValueId id : node.outputs) producer_[Index(id)] = -1;
  return operands;
}

void Rewriter::ReleaseUnused(std::span<const ValueId> ids) {
  for (const ValueId id : ids) {
    if (uses_[Index(id)] == 0) graph_.value(id).constant.reset();
  }
}

bool Rewriter::OwnsInput(const Node& node, std::size_t index) const {
  const ValueId id = node.inputs[index];
  return uses_[Index(id)] == 0 && std::count(node.inputs.begin(), node.inputs.end(), id) == 1;
}

void Rewriter::SetConstantInput(Node& node, std::size_t index, Tensor tensor) {
  const ValueId id = node.inputs[index];
  if (!OwnsInput(node, index)) {
    node.inputs[index] = NewConstant(graph_.value(id).name, std::move(tensor));
    return;
  }
  Value& value = graph_.value(id);
  value.constant.reset();
  value.dtype = tensor.dtype();
  value.shape = SymbolicShape::Of(tensor.shape());
  value.constant = std::move(tensor);
}

Result<std::span<float>> Rewriter::MutableFloats(Node& node, std::size_t index) {
  const Tensor& tensor = *graph_.value(node.inputs[index]).constant;
  ALICE_RETURN_IF_ERROR(RequireElements(tensor));
  if (!OwnsInput(node, index)) {
    ALICE_ASSIGN_OR_RETURN(Tensor copy, CopyOf(tensor, budget_));
    SetConstantInput(node, index, std::move(copy));
  }
  return graph_.value(node.inputs[index]).constant->elements<float>();
}

Result<Tensor> Rewriter::TakeConstant(const Node& node, std::size_t index) {
  Value& value = graph_.value(node.inputs[index]);
  ALICE_RETURN_IF_ERROR(RequireElements(*value.constant));
  if (!OwnsInput(node, index)) return CopyOf(*value.constant, budget_);
  Tensor tensor = std::move(*value.constant);
  value.constant.reset();
  return tensor;
}

ValueId Rewriter::NewValue(const std::string& name, DType dtype, SymbolicShape shape) {
  Value value;
  value.name = FreshName(name);
  value.dtype = dtype;
  value.shape = std::move(shape);
  const ValueId id = graph_.AddValue(std::move(value));
  Track();
  return id;
}

ValueId Rewriter::NewConstant(const std::string& name, Tensor tensor) {
  const ValueId id = graph_.AddConstant(FreshName(name), std::move(tensor));
  Track();
  return id;
}

Result<ValueId> Rewriter::NewScalar(const std::string& name, float value) {
  ALICE_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Zeros(budget_, MemoryKind::weights_f32, DType::f32, Shape{}));
  tensor.elements<float>()[0] = value;
  return NewConstant(name, std::move(tensor));
}

std::string Rewriter::FreshName(const std::string& name) {
  const auto [known, is_new] = names_.try_emplace(name, 2);
  if (is_new) return name;
  int& number = known->second;  // stays where it is when the map grows
  for (;;) {
    std::string fresh = name + "_" + std::to_string(number++);
    if (names_.try_emplace(fresh, 2).second) return fresh;
  }
}

Result<Tensor> CopyOf(const Tensor& tensor, MemoryBudget& budget) {
  ALICE_RETURN_IF_ERROR(RequireElements(tensor));
  ALICE_ASSIGN_OR_RETURN(Tensor copy,
                         Tensor::Zeros(budget, ConstantKind(tensor.dtype()), tensor.dtype(), tensor.shape()));
  std::memcpy(copy.view().data, tensor.view().data, tensor.bytes());
  return copy;
}

bool IsRow(const SymbolicShape& shape, std::int64_t n, std::size_t rank) {
  if (shape.rank() == 0) return true;
  const Dim& last = shape.dims.back();
  const bool fits = last == Dim::Known(n) || last == Dim::Known(1);
  const auto is_one = [](const Dim& dim) { return dim == Dim::Known(1); };
  return fits && shape.rank() <= rank && std::all_of(shape.dims.begin(), shape.dims.end() - 1, is_one);
}

Result<Tensor> ExpandedRow(const Tensor& row, std::int64_t n, float factor, MemoryBudget& budget, MemoryKind kind) {
  ALICE_RETURN_IF_ERROR(RequireElements(row));
  ALICE_ASSIGN_OR_RETURN(Tensor expanded, Tensor::Zeros(budget, kind, DType::f32, Shape{n}));
  const std::span<const float> from = row.elements<const float>();
  const std::span<float> to = expanded.elements<float>();
  for (std::size_t index = 0; index < to.size(); ++index) {
    to[index] = factor * from[from.size() == 1 ? 0 : index];
  }
  return expanded;
}

}  // namespace alice
