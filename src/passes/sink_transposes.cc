#include <map>

#include "ir/operands.h"
#include "passes/passes.h"
#include "passes/permute.h"
#include "passes/permute_axes.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

/// Whether each element of the output depends on the element at the same place of input 0 alone.
bool IsElementwise(const Node& node, const Graph& graph) {
  if (node.kind == OpKind::QuantizeLinear || node.kind == OpKind::DequantizeLinear) {
    return graph.value(node.inputs[1]).shape.rank() == 0;
  }
  return OperandsOf(node.kind) == Operands::elementwise;
}

bool IsBroadcasting(OpKind kind) { return OperandsOf(kind) == Operands::broadcasting; }

class Sinking {
 public:
  explicit Sinking(Rewriter& rewriter) : rewriter_(rewriter) {}

  Status Visit(Node node) {
    for (ValueId& input : node.inputs) input = SourceOf(input);
    if (node.kind == OpKind::Transpose) {
      Compose(std::move(node));
      return {};
    }
    const std::optional<Shape> permutation = CommonPermutation(node);
    if (!permutation) {
      rewriter_.Emit(std::move(node));
      return {};
    }
    return Sink(std::move(node), *permutation);
  }

 private:
  [[nodiscard]] const Value& value(ValueId id) const { return rewriter_.graph().value(id); }

  /// What `id` is a copy of.
  ValueId SourceOf(ValueId id) {
    while (id != kNoValue) {
      const Node* producer = rewriter_.ProducerOf(id);
      if (producer == nullptr || producer->kind != OpKind::Identity) break;
      id = producer->inputs[0];
    }
    return id;
  }

  const Node* TransposeBefore(ValueId id) {
    const Node* producer = rewriter_.ProducerOf(id);
    return producer != nullptr && producer->kind == OpKind::Transpose ? producer : nullptr;
  }

  Shape PermutationBefore(ValueId id) {
    return PermutationOf(std::get<TransposeAttributes>(TransposeBefore(id)->attributes), value(id).shape.rank());
  }

  void Compose(Node node) {
    Shape permutation =
        PermutationOf(std::get<TransposeAttributes>(node.attributes), value(node.inputs[0]).shape.rank());
    if (const Node* before = TransposeBefore(node.inputs[0])) {
      permutation = Composed(PermutationBefore(node.inputs[0]), permutation);
      node.inputs = before->inputs;
    }
    node.attributes = TransposeAttributes{permutation};
    const auto [known, is_new] =
        emitted_.try_emplace({node.inputs[0], {permutation.dims().begin(), permutation.dims().end()}}, node.outputs[0]);
    if (IsIdentity(permutation) || !is_new) {
      if (!is_new) node.inputs = {known->second};
      node.kind = OpKind::Identity;
      node.attributes = {};
    }
    rewriter_.Emit(std::move(node));
  }

  /// The permutation that all inputs of `node` have undergone, constants aside, if the node can do without it.
  std::optional<Shape> CommonPermutation(const Node& node) {
    const bool many = IsBroadcasting(node.kind) || node.kind == OpKind::Concat;
    const bool moves = many || IsElementwise(node, rewriter_.graph()) || NamesItsAxes(node);
    if (node.quantized || !moves) return std::nullopt;
    std::optional<Shape> common;
    for (std::size_t index = 0; index < (many ? node.inputs.size() : 1); ++index) {
      const ValueId input = node.inputs[index];
      if (IsBroadcasting(node.kind) && IsMovable(input)) continue;
      if (TransposeBefore(input) == nullptr) return std::nullopt;
      const Shape permutation = PermutationBefore(input);
      if (common && *common != permutation) return std::nullopt;
      common = permutation;
    }
    if (!common || common->rank() != value(node.outputs[0]).shape.rank()) return std::nullopt;
    return common;
  }

  [[nodiscard]] bool IsMovable(ValueId id) const {
    return rewriter_.graph().IsConstant(id) && !value(id).constant->released();
  }

  /// Makes input `index`, a constant that broadcasts to the permuted shape, one that broadcasts to the unpermuted.
  Status MoveConstant(Node& node, std::size_t index, const Shape& permutation) {
    Tensor padded;
    ALICE_ASSIGN_OR_RETURN(padded, CopyOf(*value(node.inputs[index]).constant, rewriter_.budget()));
    Shape shape;
    while (shape.rank() + padded.shape().rank() < permutation.rank()) shape.Append(1);
    for (const std::int64_t dim : padded.shape().dims()) shape.Append(dim);
    padded.set_shape(shape);
    ALICE_ASSIGN_OR_RETURN(Tensor moved, Permuted(padded, Inverse(permutation), rewriter_.budget()));
    rewriter_.SetConstantInput(node, index, std::move(moved));
    return {};
  }

  Status Sink(Node node, const Shape& permutation) {
    for (std::size_t index = 0; index < node.inputs.size(); ++index) {
      if (const Node* before = node.inputs[index] == kNoValue ? nullptr : TransposeBefore(node.inputs[index])) {
        node.inputs[index] = before->inputs[0];
      } else if (IsBroadcasting(node.kind)) {
        ALICE_RETURN_IF_ERROR(MoveConstant(node, index, permutation));
      }
    }
    if (NamesItsAxes(node)) NameUnpermuted(node.attributes, permutation);
    std::vector<Node> transposes;
    for (ValueId& output : node.outputs) {
      Node transpose;
      transpose.kind = OpKind::Transpose;
      transpose.name = node.name + "/transposed";
      transpose.attributes = TransposeAttributes{permutation};
      transpose.outputs = {output};
      const DType dtype = value(output).dtype;
      output = rewriter_.NewValue(node.name, dtype, Permuted(value(output).shape, Inverse(permutation)));
      transpose.inputs = {output};
      transposes.push_back(std::move(transpose));
    }
    rewriter_.Emit(std::move(node));
    for (Node& transpose : transposes) rewriter_.Emit(std::move(transpose));
    return {};
  }

  Rewriter& rewriter_;
  /// The output of the Transpose of a value by a permutation.
  std::map<std::pair<ValueId, std::vector<std::int64_t>>, ValueId> emitted_;
};

}  // namespace

Status SinkTransposes(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  Sinking sinking(rewriter);
  ALICE_RETURN_IF_ERROR(rewriter.ForEachNode([&](Node node) -> Status { return sinking.Visit(std::move(node)); }));
  ALICE_RETURN_IF_ERROR(RemoveIdentity(graph, budget));
  return RemoveDead(graph, budget);
}

Status TransposesToReshapes(Graph& graph, MemoryBudget& /*budget*/) {
  for (Node& node : graph.nodes) {
    if (node.kind != OpKind::Transpose) continue;
    const SymbolicShape& shape = graph.value(node.inputs[0]).shape;
    if (!IsReshape(shape, PermutationOf(std::get<TransposeAttributes>(node.attributes), shape.rank()))) continue;
    ReshapeAttributes reshape;
    for (const Dim& dim : graph.value(node.outputs[0]).shape.dims) reshape.dims.Append(dim.known() ? dim.size : -1);
    node.kind = OpKind::Reshape;
    node.attributes = reshape;
  }
  return {};
}

}  // namespace alice
