#include "passes/channel_order.h"
#include "passes/conv_weights.h"
#include "passes/passes.h"
#include "passes/permute.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

Status ConvertConv(Rewriter& rewriter, Node& node) {
  auto& conv = std::get<ConvAttributes>(node.attributes);
  const Value& value = rewriter.graph().value(node.inputs[1]);
  const std::int64_t taps = conv.window.kernel.elements();
  const std::int64_t channels = value.shape.dims[0].size / taps;
  const std::int64_t outputs = value.shape.dims[1].size;
  const std::string name = value.name;
  Shape w{outputs, channels};
  for (const std::int64_t size : conv.window.kernel.dims()) w.Append(size);
  conv.channels_last = false;
  if (!node.quantized) {
    ALICE_ASSIGN_OR_RETURN(Tensor matrix, CopyOf(*value.constant, rewriter.budget()));
    matrix.set_shape({taps, channels, outputs});
    ALICE_ASSIGN_OR_RETURN(matrix, Permuted(matrix, {1, 0, 2}, rewriter.budget()));
    matrix.set_shape({channels * taps, outputs});
    ALICE_ASSIGN_OR_RETURN(Tensor filters, FiltersOf(matrix, w, rewriter.budget()));
    node.inputs[1] = rewriter.NewConstant(name, std::move(filters));
    return {};
  }
  if (node.quantized->scheme.weights.granularity == Granularity::per_group) {
    return MakeError(ErrorCode::model_unsupported_type, "node \"", node.name, "\" has the scheme ",
                     SchemeText(node.quantized->scheme), ", which ONNX has no operators for in a convolution")
        .At(node.name);
  }
  ALICE_ASSIGN_OR_RETURN(node.quantized->weights, WithSwappedRows(rewriter, *node.quantized, taps, channels, outputs));
  // The float weights may be absent; what is needed of them is their shape.
  node.inputs[1] = rewriter.NewValue(name, DType::f32, SymbolicShape::Of(w));
  return {};
}

ValueId EmitTranspose(Rewriter& rewriter, const std::string& name, ValueId x, const Shape& permutation) {
  const Value& value = rewriter.graph().value(x);
  return rewriter.EmitNew(OpKind::Transpose, name, {x}, TransposeAttributes{permutation}, value.dtype,
                          Permuted(value.shape, permutation));
}

/// x with its channels first: where it was made by a Reshape that had only to move axes of 1, what that one took.
ValueId ChannelsFirstOf(Rewriter& rewriter, const std::string& name, ValueId x, const Shape& to_first) {
  const Graph& graph = rewriter.graph();
  const SymbolicShape& shape = graph.value(x).shape;
  const Node* producer = rewriter.ProducerOf(x);
  if (producer != nullptr && producer->kind == OpKind::Reshape && IsReshape(shape, to_first) &&
      graph.value(producer->inputs[0]).shape == Permuted(shape, to_first)) {
    return producer->inputs[0];
  }
  return EmitTranspose(rewriter, name, x, to_first);
}

/// Emits `node`, whose attributes say channels_first already, between two Transposes.
void EmitChannelsFirst(Rewriter& rewriter, Node node) {
  const std::size_t rank = rewriter.graph().value(node.inputs[0]).shape.rank();
  const Shape to_first = ToChannelsFirst(rank);
  node.inputs[0] = ChannelsFirstOf(rewriter, node.name + "/channels_first", node.inputs[0], to_first);
  EmitPermuted(rewriter, std::move(node), to_first);
}

}  // namespace

Status ChannelsFirst(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    bool converts = false;
    if (const auto* conv = std::get_if<ConvAttributes>(&node.attributes); conv != nullptr && conv->channels_last) {
      ALICE_RETURN_IF_ERROR(ConvertConv(rewriter, node));
      converts = true;
    } else if (auto* pool = std::get_if<PoolAttributes>(&node.attributes)) {
      converts = std::exchange(pool->channels_last, false);
    } else if (auto* mean = std::get_if<GlobalPoolAttributes>(&node.attributes)) {
      converts = std::exchange(mean->channels_last, false);
    }
    if (converts) {
      EmitChannelsFirst(rewriter, std::move(node));
    } else {
      rewriter.Emit(std::move(node));
    }
    return {};
  });
}

}  // namespace alice
