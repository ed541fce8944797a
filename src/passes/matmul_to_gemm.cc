#include "passes/passes.h"

namespace alice {

Status MatMulToGemm(Graph& graph, MemoryBudget& /*budget*/) {
  for (Node& node : graph.nodes) {
    if (node.kind != OpKind::MatMul || !graph.IsConstant(node.inputs[1])) continue;
    if (graph.value(node.inputs[0]).shape.rank() != 2) continue;
    node.kind = OpKind::Gemm;
    node.attributes = GemmAttributes{};
  }
  return {};
}

}  // namespace alice
