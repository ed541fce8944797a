#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "ir/graph.h"

namespace alice {

/// Builds small graphs for tests. Nodes and their outputs are named after the operator and a number unless a name
/// is given.
struct GraphBuilder {
  MemoryBudget budget{std::size_t{1} << 28};
  Graph graph;

  GraphBuilder() {
    graph.name = "test";
    graph.opset = 17;
  }

  Dim Symbol(const std::string& name) { return Dim::Symbol(graph.SymbolIndex(name)); }

  ValueId Input(const std::string& name, std::vector<Dim> dims, DType dtype = DType::f32) {
    Value value;
    value.name = name;
    value.dtype = dtype;
    value.shape.dims = std::move(dims);
    const ValueId id = graph.AddValue(std::move(value));
    graph.inputs.push_back(id);
    return id;
  }
  ValueId Input(const std::string& name, std::initializer_list<std::int64_t> sizes, DType dtype = DType::f32) {
    return Input(name, SymbolicShape::Of(Shape(sizes)).dims, dtype);
  }

  template <typename T>
  ValueId Constant(const std::string& name, const Shape& shape, const std::vector<T>& elements) {
    Tensor tensor = Tensor::Zeros(budget, MemoryKind::weights_f32, DTypeOf<T>, shape).value();
    ALICE_CHECK(tensor.elements<T>().size() == elements.size());
    std::copy(elements.begin(), elements.end(), tensor.elements<T>().begin());
    return graph.AddConstant(name, std::move(tensor));
  }

  std::vector<ValueId> Nodes(OpKind kind, std::vector<ValueId> inputs, std::size_t outputs, Attributes attributes = {},
                             std::string name = "") {
    Node node;
    node.kind = kind;
    node.name = name.empty() ? std::string(InfoOf(kind).name) + std::to_string(graph.nodes.size()) : std::move(name);
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    for (std::size_t index = 0; index < outputs; ++index) {
      Value value;
      value.name = node.name + (outputs == 1 ? "" : ":" + std::to_string(index));
      node.outputs.push_back(graph.AddValue(std::move(value)));
    }
    graph.nodes.push_back(std::move(node));
    return graph.nodes.back().outputs;
  }
  ValueId Op(OpKind kind, std::vector<ValueId> inputs, Attributes attributes = {}, std::string name = "") {
    return Nodes(kind, std::move(inputs), 1, std::move(attributes), std::move(name))[0];
  }
  ValueId Relu(ValueId x) { return Op(OpKind::Relu, {x}, Activation{ActivationKind::relu}); }

  void Output(ValueId id) { graph.outputs.push_back(id); }

  [[nodiscard]] Node& node(std::size_t index) { return graph.nodes.at(index); }
  [[nodiscard]] std::string TypeOf(ValueId id) const {
    const Value& value = graph.value(id);
    return std::string(DTypeName(value.dtype)) + value.shape.ToString(graph.symbols);
  }
  /// The operators of the nodes, in order: "Gemm Relu".
  [[nodiscard]] std::string Kinds() const {
    std::string kinds;
    for (const Node& node : graph.nodes) {
      kinds += (kinds.empty() ? "" : " ") + std::string(InfoOf(node.kind).name);
    }
    return kinds;
  }
  template <typename T>
  [[nodiscard]] std::vector<T> Elements(ValueId id) const {
    const auto elements = graph.value(id).constant.value().elements<const T>();
    return {elements.begin(), elements.end()};
  }
};

}  // namespace alice
