#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "onnx/name_table.h"
#include "onnx/read_graph.h"
#include "onnx/read_node.h"
#include "onnx/subgraph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Adds NodeProtos to a graph, one after the other; what is computed from constants alone becomes a constant where
/// ReadOptions.evaluate can compute it. If and Loop (onnx/inline.h) become the nodes of the graphs inside
/// them, which are read like those around them: no operator of the graph has a graph in it.
class NodeReader {
 public:
  /// `outputs`: names of the graph's outputs, which stay what nodes give.
  NodeReader(const OpsetVersions& opsets, const ReadOptions& options, MemoryBudget& budget,
             const std::set<std::string_view>& outputs, Graph& graph, NameTable& names)
      : opsets_(opsets), options_(options), budget_(budget), outputs_(outputs), graph_(graph), names_(names) {}

  /// The fields of the next NodeProto, which counts whether it is added or not. Errors: model_limit, those of ReadNode.
  Result<NodeFields> Next(std::string_view bytes);
  /// Adds what Next gave last. Errors: those of ReadOnnx, at the node's name.
  Status Add(NodeFields fields);
  /// Looks at its operator alone. Error: model_unsupported_operator, at the node's name.
  [[nodiscard]] Status CheckOperator(NodeFields fields) const;

  // For If and Loop.

  [[nodiscard]] MemoryBudget& budget() { return budget_; }
  [[nodiscard]] Graph& graph() { return graph_; }
  [[nodiscard]] NameTable& names() { return names_; }
  /// Whether values have their types and shapes as soon as they are there.
  [[nodiscard]] bool KnowsShapes() const { return static_cast<bool>(options_.evaluate); }

  /// Counts an iteration of a loop, whose body has that many bytes. Error: model_limit.
  Status CountIteration(std::size_t bytes);
  /// The value that a name stands for, or kNoValue for "". Error: model_invalid_graph where `reader` reads what nothing
  /// before it defines.
  Result<ValueId> Operand(std::string_view name, std::string_view reader);
  /// Defines the initializers of a nested graph, in the names that were opened for it. Errors: those of ReadTensor and
  /// NameTable::DefineConstant.
  Status DefineInitializers(const Subgraph& body);
  /// Reads the nodes of a nested graph whose inputs are these values; its first `outputs` outputs. Its names and those of
  /// its nodes have `suffix` behind them. Errors: model_limit (kMaxGraphDepth), model_invalid_graph (other numbers of
  /// inputs or outputs), those of Add.
  Result<std::vector<ValueId>> ReadBody(const Subgraph& body, std::span<const ValueId> inputs, std::size_t outputs,
                                        std::string_view suffix);
  /// Adds a node that the model does not have, of one output. Errors: those of Add.
  Result<ValueId> Emit(OpKind kind, std::string name, std::vector<ValueId> inputs, Attributes attributes = {});
  /// Gives the outputs of a node that is replaced the values that stand for them, one each.
  Status Bind(const NodeFields& node, std::span<const ValueId> values);

 private:
  Status Count();
  /// The name of what Next gave last, in the graph.
  [[nodiscard]] std::string NameOf(const NodeFields& fields) const;
  Status AddFields(NodeFields& fields);
  Status AddConstant(const NodeFields& fields);
  Status AddOperator(OpKind kind, NodeFields& fields);
  /// Adds the node, or makes its output a constant where it `may_be_constant` and can be computed.
  Status Finish(Node node, bool may_be_constant);
  /// Whether a value of that name is an output of the model.
  [[nodiscard]] bool IsOutput(std::string_view name) const { return !names_.IsNested() && outputs_.contains(name); }
  Result<ValueId> Produced(std::string_view name, const Node& node);
  [[nodiscard]] Result<OpKind> KindOf(const NodeFields& fields) const;

  const OpsetVersions& opsets_;
  const ReadOptions& options_;
  MemoryBudget& budget_;
  const std::set<std::string_view>& outputs_;
  Graph& graph_;
  NameTable& names_;
  std::size_t node_count_ = 0;
  std::size_t unrolled_bytes_ = 0;
  int depth_ = 0;
};

}  // namespace alice
