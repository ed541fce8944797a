#include "passes/passes.h"
#include "passes/rewrite.h"

namespace alice {

Status ExpandDropoutMask(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    if (node.kind != OpKind::Dropout || node.outputs.size() < 2) {
      rewriter.Emit(std::move(node));
      return {};
    }
    const ValueId x = node.inputs[0];
    const SymbolicShape shape = graph.value(x).shape;
    const std::string name = node.name + "/mask";
    const ValueId mask = node.outputs[1];
    const DType type = std::get<CastAttributes>(node.attributes).to;
    node.outputs.resize(1);
    rewriter.Emit(std::move(node));
    const ValueId some =
        rewriter.EmitNew(OpKind::Cast, name, {x}, CastAttributes{DType::boolean}, DType::boolean, shape);
    const ValueId all = rewriter.EmitNew(OpKind::Equal, name, {some, some}, NoAttributes(), DType::boolean, shape);
    Node cast;
    cast.kind = OpKind::Cast;
    cast.attributes = CastAttributes{type};
    cast.name = name;
    cast.inputs = {all};
    cast.outputs = {mask};
    rewriter.Emit(std::move(cast));
    return {};
  });
}

}  // namespace alice
