#include "passes/split_recurrent.h"

#include <algorithm>
#include <array>

#include "ir/recurrent.h"
#include "passes/passes.h"
#include "passes/permute.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

bool IsKnownFloats(const Graph& graph, ValueId id) {
  return graph.IsConstant(id) && graph.value(id).dtype == DType::f32 && !graph.value(id).constant->released();
}

ValueId GivenInput(const Node& node, std::size_t index) {
  return index < node.inputs.size() ? node.inputs[index] : kNoValue;
}

bool CanSplit(const Graph& graph, const Node& node) {
  const auto* const recurrent = std::get_if<RecurrentAttributes>(&node.attributes);
  if (recurrent == nullptr || recurrent->takes_products) return false;
  constexpr std::size_t kWeights[] = {kRecurrentW, kRecurrentR, kRecurrentB, kRecurrentP};
  return std::ranges::all_of(kWeights, [&](std::size_t index) {
    const ValueId id = GivenInput(node, index);
    return id == kNoValue || IsKnownFloats(graph, id);
  });
}

/// One recurrent node, made a node a direction.
class Splitting {
 public:
  Splitting(Rewriter& rewriter, const Node& node)
      : rewriter_(rewriter), node_(node), recurrent_(std::get<RecurrentAttributes>(node.attributes)) {}

  Status Run() {
    const std::size_t directions = recurrent_.directions();
    const std::array<ValueId, 2> h = StatesOf(kRecurrentH, "initial_h");
    const std::array<ValueId, 2> c = StatesOf(kRecurrentC, "initial_c");
    std::array<std::vector<ValueId>, 2> outputs;
    for (std::size_t direction = 0; direction < directions; ++direction) {
      ALICE_ASSIGN_OR_RETURN(Node part, PartOf(direction, h[direction], c[direction]));
      outputs[direction] = part.outputs;
      rewriter_.Emit(std::move(part));
    }
    if (directions == 2) Join(outputs);
    return {};
  }

 private:
  [[nodiscard]] const Value& value(ValueId id) const { return rewriter_.graph().value(id); }
  [[nodiscard]] std::int64_t gates() const { return value(node_.inputs[kRecurrentW]).shape.dims[1].size; }

  [[nodiscard]] std::string NameOf(std::size_t direction) const {
    if (recurrent_.directions() == 1) return node_.name;
    return node_.name + (direction == 0 ? "/forward" : "/reverse");
  }
  /// The axis that counts directions, in a state or in Y.
  [[nodiscard]] std::int64_t StateAxis() const { return recurrent_.batch_first ? 1 : 0; }
  [[nodiscard]] std::int64_t OutputAxis(std::size_t index) const { return index == 0 ? StateAxis() + 1 : StateAxis(); }

  /// A state of each direction.
  std::array<ValueId, 2> StatesOf(std::size_t index, const std::string& name) {
    const ValueId state = GivenInput(node_, index);
    if (state == kNoValue || recurrent_.directions() == 1) return {state, state};
    SymbolicShape shape = value(state).shape;
    shape.dims[static_cast<std::size_t>(StateAxis())] = Dim::Known(1);
    Node split;
    split.kind = OpKind::Split;
    split.name = node_.name + "/" + name;
    split.inputs = {state};
    split.attributes = SplitAttributes{.axis = StateAxis(), .sizes = {1, 1}};
    const std::array<ValueId, 2> parts = {rewriter_.NewValue(NameOf(0) + "/" + name, DType::f32, shape),
                                          rewriter_.NewValue(NameOf(1) + "/" + name, DType::f32, shape)};
    split.outputs = {parts.begin(), parts.end()};
    rewriter_.Emit(std::move(split));
    return parts;
  }

  /// `count` elements of a constant from `first` on, as a tensor of that shape.
  Result<Tensor> Piece(std::size_t input, std::size_t first, const Shape& shape) {
    ALICE_ASSIGN_OR_RETURN(Tensor piece, Tensor::Zeros(rewriter_.budget(), MemoryKind::weights_f32, DType::f32, shape));
    const auto from = value(node_.inputs[input]).constant->elements<const float>();
    std::ranges::copy(from.subspan(first, static_cast<std::size_t>(shape.elements())), piece.elements<float>().begin());
    return piece;
  }

  /// Of W or R that of a direction, [K, N].
  Result<ValueId> Matrix(std::size_t input, std::size_t direction, const std::string& name) {
    const SymbolicShape& shape = value(node_.inputs[input]).shape;
    const Shape rows{shape.dims[1].size, shape.dims[2].size};
    ALICE_ASSIGN_OR_RETURN(const Tensor matrix,
                           Piece(input, direction * static_cast<std::size_t>(rows.elements()), rows));
    ALICE_ASSIGN_OR_RETURN(Tensor transposed, Permuted(matrix, {1, 0}, rewriter_.budget()));
    return rewriter_.NewConstant(NameOf(direction) + "/" + name, std::move(transposed));
  }

  /// The half of B that belongs to W, or to R; kNoValue without B.
  Result<ValueId> Bias(std::size_t direction, bool is_of_r, const std::string& name) {
    if (GivenInput(node_, kRecurrentB) == kNoValue) return kNoValue;
    const std::size_t half = 2 * direction + (is_of_r ? 1 : 0);
    ALICE_ASSIGN_OR_RETURN(Tensor row, Piece(kRecurrentB, half * static_cast<std::size_t>(gates()), {gates()}));
    return rewriter_.NewConstant(NameOf(direction) + "/" + name, std::move(row));
  }

  Result<ValueId> Peepholes(std::size_t direction) {
    const ValueId all = GivenInput(node_, kRecurrentP);
    if (all == kNoValue || recurrent_.directions() == 1) return all;
    const std::int64_t count = value(all).shape.dims[1].size;
    ALICE_ASSIGN_OR_RETURN(Tensor row, Piece(kRecurrentP, direction * static_cast<std::size_t>(count), {1, count}));
    return rewriter_.NewConstant(NameOf(direction) + "/P", std::move(row));
  }

  /// x · W of that direction with its bias.
  Result<ValueId> Products(std::size_t direction) {
    const std::string name = NameOf(direction) + "/input";
    ALICE_ASSIGN_OR_RETURN(const ValueId w, Matrix(kRecurrentW, direction, "W"));
    ALICE_ASSIGN_OR_RETURN(const ValueId bias, Bias(direction, false, "Wb"));
    SymbolicShape shape = value(node_.inputs[0]).shape;
    shape.dims.back() = Dim::Known(gates());
    const ValueId products = rewriter_.EmitNew(OpKind::MatMul, name, {node_.inputs[0], w}, {}, DType::f32, shape);
    if (bias == kNoValue) return products;
    return rewriter_.EmitNew(OpKind::Add, name + "/bias", {products, bias}, {}, DType::f32, shape);
  }

  Result<Node> PartOf(std::size_t direction, ValueId h, ValueId c) {
    Node part;
    part.kind = node_.kind;
    part.name = NameOf(direction);
    RecurrentAttributes attributes = recurrent_;
    attributes.takes_products = true;
    if (recurrent_.directions() == 2) {
      attributes.direction = direction == 0 ? RecurrentDirection::forward : RecurrentDirection::reverse;
      attributes.activations = {recurrent_.activations[direction], {}};
    }
    part.attributes = attributes;
    ALICE_ASSIGN_OR_RETURN(const ValueId products, Products(direction));
    ALICE_ASSIGN_OR_RETURN(const ValueId r, Matrix(kRecurrentR, direction, "R"));
    ALICE_ASSIGN_OR_RETURN(const ValueId bias, Bias(direction, true, "Rb"));
    ALICE_ASSIGN_OR_RETURN(const ValueId peepholes, Peepholes(direction));
    part.inputs = {products, r, bias, kNoValue, GivenInput(node_, kRecurrentLengths), h, c, peepholes};
    while (part.inputs.back() == kNoValue) part.inputs.pop_back();
    part.outputs = node_.outputs;
    if (recurrent_.directions() == 2) {
      for (std::size_t index = 0; index < part.outputs.size(); ++index) {
        const Value& whole = value(node_.outputs[index]);
        SymbolicShape shape = whole.shape;
        shape.dims[static_cast<std::size_t>(OutputAxis(index))] = Dim::Known(1);
        part.outputs[index] = rewriter_.NewValue(part.name + "/output", DType::f32, shape);
      }
    }
    return part;
  }

  void Join(const std::array<std::vector<ValueId>, 2>& parts) {
    for (std::size_t index = 0; index < node_.outputs.size(); ++index) {
      Node concat;
      concat.kind = OpKind::Concat;
      concat.name = node_.name + "/output";
      concat.inputs = {parts[0][index], parts[1][index]};
      concat.outputs = {node_.outputs[index]};
      concat.attributes = ConcatAttributes{OutputAxis(index)};
      rewriter_.Emit(std::move(concat));
    }
  }

  Rewriter& rewriter_;
  const Node& node_;
  const RecurrentAttributes& recurrent_;
};

}  // namespace

Status SplitRecurrent(Graph& graph, MemoryBudget& budget, const std::function<bool(const Node&)>& selects) {
  Rewriter rewriter(graph, budget);
  ALICE_RETURN_IF_ERROR(rewriter.ForEachNode([&](const Node& node) -> Status {
    if (CanSplit(graph, node) && selects(node)) return Splitting(rewriter, node).Run();
    rewriter.Emit(node);
    return {};
  }));
  return RemoveDead(graph, budget);
}

}  // namespace alice
