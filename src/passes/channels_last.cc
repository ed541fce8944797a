#include "passes/channel_order.h"
#include "passes/conv_weights.h"
#include "passes/passes.h"
#include "passes/permute.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

/// Emits `node`, whose attributes say channels_last already, between two Transposes.
void EmitChannelsLast(Rewriter& rewriter, Node node) {
  const Graph& graph = rewriter.graph();
  const std::size_t rank = graph.value(node.inputs[0]).shape.rank();
  const Shape to_last = ToChannelsLast(rank);
  node.inputs[0] =
      rewriter.EmitNew(OpKind::Transpose, node.name + "/channels_last", {node.inputs[0]}, TransposeAttributes{to_last},
                       DType::f32, Permuted(graph.value(node.inputs[0]).shape, to_last));
  EmitPermuted(rewriter, std::move(node), to_last);
}

bool IsFloats(const Graph& graph, ValueId id) {
  return graph.IsConstant(id) && graph.value(id).dtype == DType::f32 && !graph.value(id).constant->released();
}

bool CanConvert(const Graph& graph, const Node& node) {
  if (!node.quantized && !IsFloats(graph, node.inputs[1])) return false;
  return node.inputs.size() < 3 || node.inputs[2] == kNoValue || IsFloats(graph, node.inputs[2]);
}

/// What there are kernels for.
bool IsPooledChannelsLast(const Graph& graph, const Node& node) {
  const Value& x = graph.value(node.inputs[0]);
  return x.dtype == DType::f32 && x.shape.rank() <= 4 && node.outputs.size() == 1;
}

Status ConvertConv(Rewriter& rewriter, Node node) {
  auto& conv = std::get<ConvAttributes>(node.attributes);
  const Tensor& w = *rewriter.graph().value(node.inputs[1]).constant;
  const std::int64_t outputs = w.shape()[0];
  const std::int64_t channels = w.shape()[1];
  conv.window.kernel = Shape(w.shape().dims().subspan(2));
  conv.channels_last = true;
  const Shape shape{conv.window.kernel.elements() * channels, outputs};
  Tensor matrix = Tensor::WithoutElements(DType::f32, shape);
  if (!w.released()) {
    ALICE_ASSIGN_OR_RETURN(matrix, MatrixOf(w, rewriter.budget()));
    matrix.set_shape({channels, conv.window.kernel.elements(), outputs});
    ALICE_ASSIGN_OR_RETURN(matrix, Permuted(matrix, {1, 0, 2}, rewriter.budget()));
    matrix.set_shape(shape);
  }
  rewriter.SetConstantInput(node, 1, std::move(matrix));
  if (node.quantized) {
    ALICE_ASSIGN_OR_RETURN(node.quantized->weights, WithSwappedRows(rewriter, *node.quantized, channels,
                                                                    conv.window.kernel.elements(), outputs));
  }
  EmitChannelsLast(rewriter, std::move(node));
  return {};
}

}  // namespace

Status ChannelsLast(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    if (auto* conv = std::get_if<ConvAttributes>(&node.attributes); conv != nullptr && !conv->channels_last) {
      if (CanConvert(graph, node)) return ConvertConv(rewriter, std::move(node));
    } else if (auto* pool = std::get_if<PoolAttributes>(&node.attributes);
               pool != nullptr && !pool->channels_last && IsPooledChannelsLast(graph, node)) {
      pool->channels_last = true;
      EmitChannelsLast(rewriter, std::move(node));
      return {};
    } else if (auto* mean = std::get_if<GlobalPoolAttributes>(&node.attributes);
               mean != nullptr && !mean->channels_last) {
      mean->channels_last = true;
      EmitChannelsLast(rewriter, std::move(node));
      return {};
    }
    rewriter.Emit(std::move(node));
    return {};
  });
}

}  // namespace alice
