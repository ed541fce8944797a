#include "passes/passes.h"
#include "passes/permute.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

/// The matrix [kernel elements · C / group, O] of a Conv as ONNX has it: [O, C / group, kernel...].
Result<Tensor> WeightsFirst(const Tensor& matrix, const Shape& kernel, MemoryBudget& budget) {
  ALICE_ASSIGN_OR_RETURN(Tensor split, CopyOf(matrix, budget));
  Shape shape = kernel;
  shape.Append(matrix.shape()[0] / kernel.elements());
  shape.Append(matrix.shape()[1]);
  split.set_shape(shape);
  const auto spatial = static_cast<std::int64_t>(kernel.rank());
  Shape order{spatial + 1, spatial};
  for (std::int64_t axis = 0; axis < spatial; ++axis) order.Append(axis);
  return Permuted(split, order, budget);
}

Status ConvertConv(Rewriter& rewriter, Node& node) {
  auto& conv = std::get<ConvAttributes>(node.attributes);
  const auto convert = [&](ValueId id, const std::string& name) -> Result<ValueId> {
    ALICE_ASSIGN_OR_RETURN(Tensor first,
                           WeightsFirst(*rewriter.graph().value(id).constant, conv.window.kernel, rewriter.budget()));
    return rewriter.NewConstant(name, std::move(first));
  };
  conv.channels_last = false;
  if (!node.quantized) {
    ALICE_ASSIGN_OR_RETURN(node.inputs[1], convert(node.inputs[1], rewriter.graph().value(node.inputs[1]).name));
    return {};
  }
  QuantizedForm& form = *node.quantized;
  const WeightScheme& weights = form.scheme.weights;
  if (weights.type == WeightType::int4 || weights.granularity == Granularity::per_group) {
    return MakeError(ErrorCode::model_unsupported_type, "node \"", node.name, "\" has the scheme ",
                     SchemeText(form.scheme), ", which is not exported to ONNX for a convolution")
        .At(node.name);
  }
  ALICE_ASSIGN_OR_RETURN(form.weights, convert(form.weights, node.name + ".codes"));
  node.inputs[1] = form.weights;  // the float weights may be absent
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

void EmitBetweenTransposes(Rewriter& rewriter, Node node) {
  const std::size_t rank = rewriter.graph().value(node.inputs[0]).shape.rank();
  const Shape to_first = ToChannelsFirst(rank);
  node.inputs[0] = ChannelsFirstOf(rewriter, node.name + "/channels_first", node.inputs[0], to_first);
  Node back;
  back.kind = OpKind::Transpose;
  back.name = node.name + "/channels_last";
  back.attributes = TransposeAttributes{ToChannelsLast(rank)};
  back.outputs = std::move(node.outputs);
  const SymbolicShape shape = Permuted(rewriter.graph().value(back.outputs[0]).shape, to_first);
  back.inputs = {rewriter.NewValue(node.name, DType::f32, shape)};
  node.outputs = back.inputs;
  rewriter.Emit(std::move(node));
  rewriter.Emit(std::move(back));
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
      EmitBetweenTransposes(rewriter, std::move(node));
    } else {
      rewriter.Emit(std::move(node));
    }
    return {};
  });
}

}  // namespace alice
