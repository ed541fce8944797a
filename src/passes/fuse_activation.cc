#include "passes/passes.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

bool CarriesActivation(OpKind kind) {
  return kind == OpKind::Gemm || kind == OpKind::MatMul || kind == OpKind::Conv || kind == OpKind::Add ||
         kind == OpKind::Sub || kind == OpKind::Mul || kind == OpKind::Div;
}

}  // namespace

Status FuseActivation(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    const auto* activation = std::get_if<Activation>(&node.attributes);
    const bool is_real = activation != nullptr && graph.value(node.inputs[0]).dtype == DType::f32;
    Node* before = is_real ? rewriter.FusibleProducerOf(node.inputs[0]) : nullptr;
    const bool fuses =
        before != nullptr && CarriesActivation(before->kind) && before->activation.kind == ActivationKind::none;
    if (!fuses) {
      rewriter.Emit(std::move(node));
      return {};
    }
    return rewriter.ChangeEmitted(*before, [&](Node& target) -> Status {
      target.activation = *activation;
      target.outputs = node.outputs;
      return {};
    });
  });
}

}  // namespace alice
