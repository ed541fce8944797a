#include "passes/fuse_bias.h"

#include "passes/passes.h"

namespace alice {

namespace {

bool TakesBias(const Node& node) {
  if (const auto* conv = std::get_if<ConvAttributes>(&node.attributes)) return conv->channels_last;
  return node.kind == OpKind::Gemm;
}

}  // namespace

Result<bool> TryFuseBias(Rewriter& rewriter, Node& add) {
  if (add.kind != OpKind::Add) return false;
  const Graph& graph = rewriter.graph();
  const std::size_t row_slot = graph.IsConstant(add.inputs[0]) ? 0 : 1;
  const ValueId row = add.inputs[row_slot];
  const ValueId product = add.inputs[1 - row_slot];
  if (!graph.IsConstant(row) || graph.value(row).dtype != DType::f32) return false;
  Node* gemm = rewriter.FusibleProducerOf(product);
  if (gemm == nullptr || !TakesBias(*gemm) || gemm->activation.kind != ActivationKind::none) return false;
  const bool has_c = gemm->inputs.size() > 2 && gemm->inputs[2] != kNoValue;
  const SymbolicShape& shape = graph.value(product).shape;
  const Dim& columns = shape.dims.back();
  if (has_c || !columns.known() || !IsRow(graph.value(row).shape, columns.size, shape.rank())) return false;

  if (graph.value(row).shape.dims != std::vector<Dim>{columns}) {
    ALICE_ASSIGN_OR_RETURN(Tensor expanded, ExpandedRow(*graph.value(row).constant, columns.size, 1.0f,
                                                        rewriter.budget(), MemoryKind::weights_f32));
    rewriter.SetConstantInput(add, row_slot, std::move(expanded));
  }
  ALICE_RETURN_IF_ERROR(rewriter.ChangeEmitted(*gemm, [&](Node& target) -> Status {
    target.inputs.resize(3, kNoValue);
    target.inputs[2] = add.inputs[row_slot];
    if (auto* attributes = std::get_if<GemmAttributes>(&target.attributes)) attributes->beta = 1.0f;
    target.activation = add.activation;
    target.outputs = add.outputs;
    return {};
  }));
  return true;
}

Status FuseBias(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    ALICE_ASSIGN_OR_RETURN(const bool fused, TryFuseBias(rewriter, node));
    if (!fused) rewriter.Emit(std::move(node));
    return {};
  });
}

}  // namespace alice
