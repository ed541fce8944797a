#include "passes/make_elements.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "tensor/cast.h"

namespace alice {
namespace {

bool IsFoldable(OpKind kind) {
  return kind == OpKind::Cast || kind == OpKind::Reshape || kind == OpKind::Flatten || kind == OpKind::Squeeze ||
         kind == OpKind::Unsqueeze;
}

Result<Tensor> Folded(Rewriter& rewriter, const Node& node) {
  const Value& result = rewriter.graph().value(node.outputs[0]);
  const Shape shape = result.shape.Resolve({});
  if (node.kind == OpKind::Cast) {
    const Tensor& from = *rewriter.graph().value(node.inputs[0]).constant;
    ALICE_ASSIGN_OR_RETURN(Tensor cast,
                           Tensor::Zeros(rewriter.budget(), ConstantKind(result.dtype), result.dtype, shape));
    CastElements(from.dtype(), from.view().data, static_cast<std::size_t>(shape.elements()), cast.dtype(),
                 cast.view().data);
    return cast;
  }
  ALICE_ASSIGN_OR_RETURN(Tensor reshaped, rewriter.TakeConstant(node, 0));
  reshaped.set_shape(shape);
  return reshaped;
}

}  // namespace

Status FoldConstants(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    ALICE_ASSIGN_OR_RETURN(std::optional<Tensor> made, MadeElements(graph, node, budget));
    if (made && rewriter.IsGraphOutput(node.outputs[0])) {
      node.kind = OpKind::Cast;
      node.attributes = CastAttributes{made->dtype()};
      node.inputs = {rewriter.NewConstant(node.name, *std::move(made))};
      rewriter.Emit(std::move(node));
      return {};
    }
    if (made) {
      graph.value(node.outputs[0]).constant = std::move(made);
      return {};
    }
    const bool folds = IsFoldable(node.kind) && graph.IsConstant(node.inputs[0]) &&
                       !graph.value(node.inputs[0]).constant->released() && !rewriter.IsGraphOutput(node.outputs[0]);
    if (!folds) {
      rewriter.Emit(std::move(node));
      return {};
    }
    ALICE_ASSIGN_OR_RETURN(Tensor folded, Folded(rewriter, node));
    graph.value(node.outputs[0]).constant = std::move(folded);
    return {};
  });
}

}  // namespace alice
