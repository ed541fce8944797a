#include "passes/passes.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

bool IsReshape(const Node& node) {
  return node.kind == OpKind::Reshape || node.kind == OpKind::Flatten || node.kind == OpKind::Squeeze ||
         node.kind == OpKind::Unsqueeze;
}

/// Whether a Reshape can say `shape` whatever its input: one −1 for a symbol, and no axis of size 0.
bool IsSayable(const SymbolicShape& shape) {
  std::size_t symbols = 0;
  for (const Dim& dim : shape.dims) {
    if (dim == Dim::Known(0)) return false;
    symbols += dim.known() ? 0 : 1;
  }
  return symbols <= 1;
}

}  // namespace

Status MergeReshapes(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  ALICE_RETURN_IF_ERROR(rewriter.ForEachNode([&](Node node) -> Status {
    const Node* before = IsReshape(node) ? rewriter.ProducerOf(node.inputs[0]) : nullptr;
    const SymbolicShape& shape = graph.value(node.outputs[0]).shape;
    if (before != nullptr && IsReshape(*before) && IsSayable(shape)) {
      node.inputs[0] = before->inputs[0];
      node.kind = OpKind::Reshape;
      ReshapeAttributes reshape;
      for (const Dim& dim : shape.dims) reshape.dims.Append(dim.known() ? dim.size : -1);
      node.attributes = reshape;
    }
    if (IsReshape(node) && graph.value(node.inputs[0]).shape == shape) {
      node.kind = OpKind::Identity;
      node.attributes = {};
    }
    rewriter.Emit(std::move(node));
    return {};
  }));
  return RemoveIdentity(graph, budget);
}

}  // namespace alice
