#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/flags.h"
#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// One walk over a graph's nodes, front to back, in which a pass replaces, fuses or drops them:
///
///   Rewriter rewriter(graph, budget);
///   return rewriter.ForEachNode([&](Node node) -> Status { …; rewriter.Emit(std::move(node)); return {}; });
///
/// It counts the uses of every value, so that a constant is freed as soon as its last user is gone. A visited node
/// is not counted until it is emitted. After an error the graph is not whole any more.
class Rewriter {
 public:
  Rewriter(Graph& graph, MemoryBudget& budget);

  /// Hands every node to `visit` (Node → Status); what `visit` emits are the nodes of the graph afterwards.
  template <typename Visit>
  Status ForEachNode(const Visit& visit) {
    std::vector<Node> nodes = std::exchange(graph_.nodes, {});
    for (Node& node : nodes) {
      const std::vector<ValueId> operands = Uncount(node);
      std::string name = node.name;
      if (Status status = visit(std::move(node)); !status.ok()) {
        return std::move(status).error().At(std::move(name));
      }
      ReleaseUnused(operands);
    }
    return {};
  }

  /// Appends `node` to the graph's nodes.
  void Emit(Node node);

  /// Appends kind(inputs) with one new output of that type and returns the output.
  ValueId EmitNew(OpKind kind, const std::string& name, std::vector<ValueId> inputs, const Attributes& attributes,
                  DType dtype, SymbolicShape shape);

  /// The emitted node that produces `id`, or null. Valid until the next Emit.
  Node* ProducerOf(ValueId id);
  /// The same, if nobody uses `id` besides the visited node, so that both nodes may become one.
  Node* FusibleProducerOf(ValueId id) { return uses_[Index(id)] == 0 ? ProducerOf(id) : nullptr; }

  /// Lets `change` (Node& → Status) change a node that was emitted.
  template <typename Change>
  Status ChangeEmitted(Node& node, const Change& change) {
    const std::vector<ValueId> operands = Uncount(node);
    ALICE_RETURN_IF_ERROR(change(node));
    Count(node);
    ReleaseUnused(operands);
    return {};
  }

  /// Makes `tensor` the input `index` of an uncounted node: in place of the constant that is there, if nobody else
  /// uses that, otherwise as a new constant.
  void SetConstantInput(Node& node, std::size_t index, Tensor tensor);
  /// The elements of the f32 constant that is input `index` of an uncounted node, for writing: a copy becomes the
  /// input where somebody else uses the constant too. Error: internal where the elements were released.
  Result<std::span<float>> MutableFloats(Node& node, std::size_t index);

  /// Takes the elements of the constant that is input `index` of an uncounted node, or a copy of them where
  /// somebody else uses the constant too. Errors: as CopyOf.
  Result<Tensor> TakeConstant(const Node& node, std::size_t index);

  ValueId NewValue(const std::string& name, DType dtype, SymbolicShape shape);
  /// An f32 constant of rank 0.
  Result<ValueId> NewScalar(const std::string& name, float value);
  ValueId NewConstant(const std::string& name, Tensor tensor);
  /// `name`, or `name` and a number where a value has that name.
  std::string FreshName(const std::string& name);

  [[nodiscard]] bool IsGraphOutput(ValueId id) const { return is_output_[Index(id)]; }
  [[nodiscard]] Graph& graph() { return graph_; }
  [[nodiscard]] MemoryBudget& budget() { return budget_; }

 private:
  [[nodiscard]] bool OwnsInput(const Node& node, std::size_t index) const;
  void Count(const Node& node);
  std::vector<ValueId> Uncount(const Node& node);
  void ReleaseUnused(std::span<const ValueId> ids);
  void Track();

  Graph& graph_;
  MemoryBudget& budget_;
  std::vector<int> uses_;               ///< of each value, by inputs, `int8` and graph outputs
  Flags is_output_;                     ///< of each value
  std::vector<std::int32_t> producer_;  ///< of each value: index of the emitted node, or −1
  std::map<std::string, int> names_;    ///< of values, each with the number to try next behind it
};

/// The elements of a constant. Errors: internal where they were released; budget_exceeded, out_of_memory.
Result<Tensor> CopyOf(const Tensor& tensor, MemoryBudget& budget);

/// Whether a tensor of `shape` added to one of that rank, whose last axis is n, adds the same row of n (or one number)
/// everywhere.
bool IsRow(const SymbolicShape& shape, std::int64_t n, std::size_t rank = 2);

/// The row [n] that `row` (f32, IsRow) stands for, times `factor`. Errors: as CopyOf.
Result<Tensor> ExpandedRow(const Tensor& row, std::int64_t n, float factor, MemoryBudget& budget, MemoryKind kind);

}  // namespace alice
