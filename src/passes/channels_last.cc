#include "passes/passes.h"
#include "passes/permute.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

/// Emits `node`, whose attributes say channels_last already, between two Transposes.
void EmitBetweenTransposes(Rewriter& rewriter, Node node) {
  const Graph& graph = rewriter.graph();
  const std::size_t rank = graph.value(node.inputs[0]).shape.rank();
  const Shape to_last = ToChannelsLast(rank);
  node.inputs[0] =
      rewriter.EmitNew(OpKind::Transpose, node.name + "/channels_last", {node.inputs[0]}, TransposeAttributes{to_last},
                       DType::f32, Permuted(graph.value(node.inputs[0]).shape, to_last));
  Node back;
  back.kind = OpKind::Transpose;
  back.name = node.name + "/channels_first";
  back.attributes = TransposeAttributes{ToChannelsFirst(rank)};
  back.outputs = std::move(node.outputs);
  const SymbolicShape shape = Permuted(graph.value(back.outputs[0]).shape, to_last);
  back.inputs = {rewriter.NewValue(node.name + "/channels_last", DType::f32, shape)};
  node.outputs = back.inputs;
  rewriter.Emit(std::move(node));
  rewriter.Emit(std::move(back));
}

bool IsFloats(const Graph& graph, ValueId id) {
  return graph.IsConstant(id) && graph.value(id).dtype == DType::f32 && !graph.value(id).constant->released();
}

bool CanConvert(const Graph& graph, const Node& node) {
  if (!IsFloats(graph, node.inputs[1])) return false;
  return node.inputs.size() < 3 || node.inputs[2] == kNoValue || IsFloats(graph, node.inputs[2]);
}

/// W [O, C / group, kernel...] as the matrix [kernel elements · C / group, O].
Result<Tensor> WeightMatrix(const Tensor& w, MemoryBudget& budget) {
  const std::size_t rank = w.shape().rank();
  Shape order;
  for (std::size_t axis = 2; axis < rank; ++axis) order.Append(static_cast<std::int64_t>(axis));
  order.Append(1);
  order.Append(0);
  ALICE_ASSIGN_OR_RETURN(Tensor matrix, Permuted(w, order, budget));
  matrix.set_shape({w.shape().Product(1, rank), w.shape()[0]});
  return matrix;
}

Status ConvertConv(Rewriter& rewriter, Node node) {
  const Graph& graph = rewriter.graph();
  auto& conv = std::get<ConvAttributes>(node.attributes);
  const Tensor& w = *graph.value(node.inputs[1]).constant;
  conv.window.kernel = Shape(w.shape().dims().subspan(2));
  conv.channels_last = true;
  ALICE_ASSIGN_OR_RETURN(Tensor matrix, WeightMatrix(w, rewriter.budget()));
  rewriter.SetConstantInput(node, 1, std::move(matrix));
  if (node.quantized) {
    const Value& codes = graph.value(node.quantized->weights);
    ALICE_ASSIGN_OR_RETURN(Tensor code_matrix, WeightMatrix(*codes.constant, rewriter.budget()));
    node.quantized->weights = rewriter.NewConstant(codes.name, std::move(code_matrix));
  }
  EmitBetweenTransposes(rewriter, std::move(node));
  return {};
}

}  // namespace

Status ChannelsLast(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    if (auto* conv = std::get_if<ConvAttributes>(&node.attributes); conv != nullptr && !conv->channels_last) {
      if (CanConvert(graph, node)) return ConvertConv(rewriter, std::move(node));
    } else if (auto* pool = std::get_if<PoolAttributes>(&node.attributes); pool != nullptr && !pool->channels_last) {
      pool->channels_last = true;
      EmitBetweenTransposes(rewriter, std::move(node));
      return {};
    } else if (auto* mean = std::get_if<GlobalPoolAttributes>(&node.attributes);
               mean != nullptr && !mean->channels_last) {
      mean->channels_last = true;
      EmitBetweenTransposes(rewriter, std::move(node));
      return {};
    }
    rewriter.Emit(std::move(node));
    return {};
  });
}

}  // namespace alice
