#include "passes/qdq.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

enum QGemmInput : std::size_t { a, a_scale, a_zero_point, b, b_scale, b_zero_point, c, y_scale, y_zero_point };

ValueId InputOf(const Node& node, std::size_t index) {
  return index < node.inputs.size() ? node.inputs[index] : kNoValue;
}

/// The bias in float: C · (alpha · a_scale · b_scale), the last of them per column or for all.
Result<ValueId> Bias(Rewriter& rewriter, const Node& node) {
  const Graph& graph = rewriter.graph();
  const Tensor& codes = *graph.value(node.inputs[c]).constant;
  const Tensor& a_scales = *graph.value(node.inputs[a_scale]).constant;
  const Tensor& b_scales = *graph.value(node.inputs[b_scale]).constant;
  if (codes.released() || a_scales.released() || b_scales.released()) {
    return MakeError(ErrorCode::internal, "a constant was released before its last use");
  }
  const Shape shape{codes.shape().elements()};
  ALICE_ASSIGN_OR_RETURN(Tensor bias, Tensor::Zeros(rewriter.budget(), MemoryKind::weights_f32, DType::f32, shape));
  const std::span<const std::int32_t> from = codes.elements<const std::int32_t>();
  const std::span<const float> scales = b_scales.elements<const float>();
  const std::span<float> to = bias.elements<float>();
  const float factor = a_scales.elements<const float>()[0];
  // The Gemm multiplies by alpha only the product.
  const float alpha = std::get<GemmAttributes>(node.attributes).alpha;
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<float>(from[i]) * (alpha * (factor * scales[scales.size() == 1 ? 0 : i]));
  }
  return rewriter.NewConstant(graph.value(node.inputs[c]).name, std::move(bias));
}

Status Expand(Rewriter& rewriter, Node node) {
  const Graph& graph = rewriter.graph();
  const auto dequantized = [&](std::size_t first, std::string_view what, std::int64_t axis) {
    return rewriter.EmitNew(OpKind::DequantizeLinear, node.name + std::string(what),
                            {node.inputs[first], node.inputs[first + 1], node.inputs[first + 2]},
                            DequantizeLinearAttributes{.axis = axis}, DType::f32,
                            SymbolicShape(graph.value(node.inputs[first]).shape));
  };
  auto attributes = std::get<GemmAttributes>(node.attributes);
  attributes.beta = 1.0f;
  Node gemm;
  gemm.kind = OpKind::Gemm;
  gemm.name = node.name;
  gemm.attributes = attributes;
  gemm.inputs = {dequantized(a, "/a", 1), dequantized(b, "/b", attributes.trans_b ? 0 : 1)};
  if (InputOf(node, c) != kNoValue) {
    ALICE_ASSIGN_OR_RETURN(const ValueId bias, Bias(rewriter, node));
    gemm.inputs.push_back(bias);
  }
  if (InputOf(node, y_scale) == kNoValue) {
    gemm.outputs = std::move(node.outputs);
    rewriter.Emit(std::move(gemm));
    return {};
  }
  const SymbolicShape shape = graph.value(node.outputs[0]).shape;
  gemm.outputs = {rewriter.NewValue(node.name + "/real", DType::f32, shape)};
  Node quantize;
  quantize.kind = OpKind::QuantizeLinear;
  quantize.name = node.name + "/quantize";
  quantize.attributes = QuantizeLinearAttributes{};
  quantize.inputs = {gemm.outputs[0], node.inputs[y_scale]};
  if (InputOf(node, y_zero_point) != kNoValue) quantize.inputs.push_back(node.inputs[y_zero_point]);
  quantize.outputs = std::move(node.outputs);
  rewriter.Emit(std::move(gemm));
  rewriter.Emit(std::move(quantize));
  return {};
}

}  // namespace

Status ExpandQGemm(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    if (node.kind == OpKind::QGemm) return Expand(rewriter, std::move(node));
    rewriter.Emit(std::move(node));
    return {};
  });
}

}  // namespace alice
