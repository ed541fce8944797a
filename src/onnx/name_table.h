#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"

namespace alice {

/// The tensors that a model has defined so far, by name. A constant enters the graph when a node takes it as an operand;
/// one that only gives an attribute its value (the bounds of a Clip, the shape of a Reshape) never does.
/// Names are views into the model's bytes. The ordered map keeps hostile names from colliding.
class NameTable {
 public:
  explicit NameTable(Graph& graph) : graph_(graph) {}

  /// Begins a nested graph: it sees what is defined so far, and what it defines is forgotten when it is closed; values in
  /// the graph stay. Their names there have `suffix` behind that of the graph around it.
  void Open(std::string_view suffix);
  void Close();
  [[nodiscard]] bool IsNested() const { return !scopes_.empty(); }
  /// What names in the graph have behind them now.
  [[nodiscard]] std::string_view Suffix() const {
    return scopes_.empty() ? "" : std::string_view(scopes_.back().suffix);
  }

  /// Adds a value to the graph. Error: model_invalid_graph where the name is taken; model_limit.
  Result<ValueId> DefineValue(std::string_view name, DType dtype, SymbolicShape shape);
  /// Gives a value of the graph a name of its own. Errors: the same.
  Status DefineAlias(std::string_view name, ValueId id);
  /// Keeps a constant until it is used. Errors: the same.
  Status DefineConstant(std::string_view name, Tensor tensor);

  [[nodiscard]] bool IsConstant(std::string_view name) const;
  /// The value of that name as an operand, or nothing.
  std::optional<ValueId> Use(std::string_view name);
  /// The elements of the constant of that name, to become an attribute, or nullptr. Valid until the next call of Use.
  const Tensor* TakeConstant(std::string_view name);
  /// Adds the constants that nothing has used yet to the graph, in their order in the model.
  void UseRemaining();

 private:
  struct Entry {
    std::string_view name;
    ValueId id = kNoValue;
    std::optional<Tensor> constant;  ///< until it has an id
    bool taken = false;              ///< an attribute has its elements
  };

  struct Scope {
    std::size_t first;  ///< of its entries
    std::string suffix;
  };

  Status Define(Entry entry);
  void AddToGraph(Entry& entry);

  Graph& graph_;
  std::vector<Entry> entry_list_;
  std::vector<Scope> scopes_;
  std::size_t defined_ = 0;                          ///< in all, with those forgotten
  std::map<std::string_view, std::size_t> entries_;  ///< index into entry_list_
};

}  // namespace alice
