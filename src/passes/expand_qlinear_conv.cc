#include "passes/qdq.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

enum QLinearConvInput : std::size_t { x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, b };

/// The bias in float: B · (x_scale · w_scale), the last of them per output channel or for all.
Result<ValueId> Bias(Rewriter& rewriter, const Node& node) {
  const Graph& graph = rewriter.graph();
  for (const std::size_t index : {b, x_scale, w_scale}) {
    const ValueId id = node.inputs[index];
    if (!graph.IsConstant(id)) {
      return MakeError(ErrorCode::model_unsupported_operator, "QLinearConv \"", node.name,
                       "\" is not supported with \"", graph.value(id).name, "\" computed at run time");
    }
    if (graph.value(id).constant->released()) {
      return MakeError(ErrorCode::internal, "a constant was released before its last use");
    }
  }
  const std::span<const std::int32_t> codes = graph.value(node.inputs[b]).constant->elements<const std::int32_t>();
  const float factor = graph.value(node.inputs[x_scale]).constant->elements<const float>()[0];
  const std::span<const float> scales = graph.value(node.inputs[w_scale]).constant->elements<const float>();
  const Shape shape{static_cast<std::int64_t>(codes.size())};
  ALICE_ASSIGN_OR_RETURN(Tensor bias, Tensor::Zeros(rewriter.budget(), MemoryKind::weights_f32, DType::f32, shape));
  const std::span<float> to = bias.elements<float>();
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<float>(codes[i]) * (factor * scales[scales.size() == 1 ? 0 : i]);
  }
  return rewriter.NewConstant(graph.value(node.inputs[b]).name, std::move(bias));
}

Status Expand(Rewriter& rewriter, Node node) {
  const Graph& graph = rewriter.graph();
  const auto dequantized = [&](std::size_t first, std::string_view what, std::int64_t axis) {
    return rewriter.EmitNew(OpKind::DequantizeLinear, node.name + std::string(what),
                            {node.inputs[first], node.inputs[first + 1], node.inputs[first + 2]},
                            DequantizeLinearAttributes{.axis = axis}, DType::f32,
                            SymbolicShape(graph.value(node.inputs[first]).shape));
  };
  Node conv;
  conv.kind = OpKind::Conv;
  conv.name = node.name;
  conv.attributes = node.attributes;
  conv.inputs = {dequantized(x, "/x", 1), dequantized(w, "/w", 0)};
  if (node.inputs.size() > b && node.inputs[b] != kNoValue) {
    ALICE_ASSIGN_OR_RETURN(const ValueId bias, Bias(rewriter, node));
    conv.inputs.push_back(bias);
  }
  const SymbolicShape shape = graph.value(node.outputs[0]).shape;
  conv.outputs = {rewriter.NewValue(node.name + "/real", DType::f32, shape)};
  const ValueId real = conv.outputs[0];
  rewriter.Emit(std::move(conv));
  node.kind = OpKind::QuantizeLinear;
  node.name += "/quantize";
  node.attributes = QuantizeLinearAttributes{};
  node.inputs = {real, node.inputs[y_scale], node.inputs[y_zero_point]};
  rewriter.Emit(std::move(node));
  return {};
}

}  // namespace

Status ExpandQLinearConv(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    if (node.kind == OpKind::QLinearConv) return Expand(rewriter, std::move(node));
    rewriter.Emit(std::move(node));
    return {};
  });
}

}  // namespace alice
