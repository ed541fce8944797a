#include <algorithm>

#include "ir/recurrent.h"
#include "passes/lower_weights.h"
#include "passes/passes.h"
#include "passes/permute.h"
#include "passes/rewrite.h"
#include "passes/split_recurrent.h"

namespace alice {
namespace {

/// A node's weights [K, N] as the W or R [1, N, K] of ONNX.
Result<ValueId> StackedWeights(Rewriter& rewriter, const std::optional<QuantizedForm>& form, ValueId weights,
                               const std::string& name) {
  const Value& value = rewriter.graph().value(weights);
  const Shape shape = value.shape.Resolve({});
  if (form) return EmitDequantizedStack(rewriter, *form, shape, name);
  ALICE_ASSIGN_OR_RETURN(Tensor stack, Permuted(*value.constant, {1, 0}, rewriter.budget()));
  stack.set_shape({1, shape[1], shape[0]});
  return rewriter.NewConstant(name, std::move(stack));
}

/// The biases of W and R, one behind the other.
Result<ValueId> StackedBias(Rewriter& rewriter, ValueId w_bias, ValueId r_bias, const std::string& name) {
  if (w_bias == kNoValue) return kNoValue;
  const auto of_w = rewriter.graph().value(w_bias).constant->elements<const float>();
  const auto of_r = rewriter.graph().value(r_bias).constant->elements<const float>();
  ALICE_ASSIGN_OR_RETURN(Tensor bias, Tensor::Zeros(rewriter.budget(), MemoryKind::weights_f32, DType::f32,
                                                    Shape{1, AxisSize(of_w.size() + of_r.size())}));
  std::ranges::copy(of_r, std::ranges::copy(of_w, bias.elements<float>().begin()).out);
  return rewriter.NewConstant(name, std::move(bias));
}

Status Join(Rewriter& rewriter, Node node) {
  const ValueId r_bias = node.inputs.size() > kSplitRecurrentBias ? node.inputs[kSplitRecurrentBias] : kNoValue;
  // As SplitRecurrent has made them.
  const Node* products = rewriter.ProducerOf(node.inputs[0]);
  ALICE_CHECK(products != nullptr);
  ValueId w_bias = kNoValue;
  if (products->kind == OpKind::Add) {
    w_bias = products->inputs[1];
    products = rewriter.ProducerOf(products->inputs[0]);
  }
  ALICE_CHECK(products != nullptr && products->kind == OpKind::MatMul && (w_bias == kNoValue) == (r_bias == kNoValue));
  const ValueId x = products->inputs[0];
  const ValueId w = products->inputs[1];
  const std::optional<QuantizedForm> w_form = products->quantized;
  node.inputs.resize(std::max<std::size_t>(node.inputs.size(), kRecurrentB + 1), kNoValue);
  const ValueId r = node.inputs[kSplitRecurrentR];
  ALICE_ASSIGN_OR_RETURN(node.inputs[kRecurrentR], StackedWeights(rewriter, node.quantized, r, node.name + "/R"));
  ALICE_ASSIGN_OR_RETURN(node.inputs[kRecurrentW], StackedWeights(rewriter, w_form, w, node.name + "/W"));
  ALICE_ASSIGN_OR_RETURN(node.inputs[kRecurrentB], StackedBias(rewriter, w_bias, r_bias, node.name + "/B"));
  node.inputs[0] = x;
  while (node.inputs.back() == kNoValue) node.inputs.pop_back();
  std::get<RecurrentAttributes>(node.attributes).takes_products = false;
  node.quantized.reset();
  rewriter.Emit(std::move(node));
  return {};
}

}  // namespace

Status JoinRecurrent(Graph& graph, MemoryBudget& budget) {
  {
    Rewriter rewriter(graph, budget);
    ALICE_RETURN_IF_ERROR(rewriter.ForEachNode([&](Node node) -> Status {
      const auto* const recurrent = std::get_if<RecurrentAttributes>(&node.attributes);
      if (recurrent != nullptr && recurrent->takes_products) return Join(rewriter, std::move(node));
      rewriter.Emit(std::move(node));
      return {};
    }));
  }
  return RemoveDead(graph, budget);  // the products that were joined
}

}  // namespace alice
