#include <unordered_map>

#include "passes/dynamic_int8.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

OpKind OperatorOf(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::none:
      return OpKind::Identity;
    case ActivationKind::relu:
      return OpKind::Relu;
    case ActivationKind::leaky_relu:
      return OpKind::LeakyRelu;
    case ActivationKind::clip:
      return OpKind::Clip;
    case ActivationKind::sigmoid:
      return OpKind::Sigmoid;
    case ActivationKind::tanh:
      return OpKind::Tanh;
  }
  return OpKind::Identity;
}

/// A quantized activation: the outputs of one DynamicQuantizeLinear.
struct QuantizedValue {
  ValueId quantized = kNoValue;
  ValueId scale = kNoValue;
  ValueId zero_point = kNoValue;
};

class Lowering {
 public:
  explicit Lowering(Rewriter& rewriter) : rewriter_(rewriter) {}

  Status Lower(Node node) {
    if (!node.int8) {
      EmitWithoutFusion(std::move(node));
      return {};
    }
    return LowerInt8(std::move(node));
  }

 private:
  [[nodiscard]] const Value& value(ValueId id) const { return rewriter_.graph().value(id); }

  /// `node`, and its activation as the node behind it.
  void EmitWithoutFusion(Node node) {
    const Activation fused = std::exchange(node.activation, {});
    if (fused.kind == ActivationKind::none) {
      rewriter_.Emit(std::move(node));
      return;
    }
    Node activation;
    activation.kind = OperatorOf(fused.kind);
    activation.name = node.name + "/activation";
    activation.attributes = fused;
    activation.outputs = std::move(node.outputs);
    const Value& output = value(activation.outputs[0]);
    activation.inputs = {rewriter_.NewValue(node.name + "/linear", output.dtype, SymbolicShape(output.shape))};
    node.outputs = activation.inputs;
    rewriter_.Emit(std::move(node));
    rewriter_.Emit(std::move(activation));
  }

  QuantizedValue Quantize(ValueId x) {
    const auto [known, is_new] = quantized_.try_emplace(x);
    QuantizedValue& result = known->second;
    if (!is_new) return result;
    const std::string name = value(x).name;
    const SymbolicShape shape = value(x).shape;
    result = {rewriter_.NewValue(name + "_quantized", DType::u8, shape),
              rewriter_.NewValue(name + "_scale", DType::f32, {}),
              rewriter_.NewValue(name + "_zero_point", DType::u8, {})};
    Node quantize;
    quantize.kind = OpKind::DynamicQuantizeLinear;
    quantize.name = name + "/quantize";
    quantize.inputs = {x};
    quantize.outputs = {result.quantized, result.scale, result.zero_point};
    rewriter_.Emit(std::move(quantize));
    return result;
  }

  Status LowerInt8(Node node) {
    const auto [weights, scales] = *node.int8;
    const std::string name = node.name;
    const SymbolicShape shape = value(node.outputs[0]).shape;
    const QuantizedValue x = Quantize(node.inputs[0]);
    const ValueId acc =
        rewriter_.EmitNew(OpKind::MatMulInteger, name, {x.quantized, weights, x.zero_point}, {}, DType::i32, shape);
    const ValueId real =
        rewriter_.EmitNew(OpKind::Cast, name + "/cast", {acc}, CastAttributes{DType::f32}, DType::f32, shape);
    const ValueId scale = rewriter_.EmitNew(OpKind::Mul, name + "/scale", {x.scale, scales}, {}, DType::f32,
                                            SymbolicShape(value(scales).shape));
    Node last;
    last.outputs = node.outputs;
    last.activation = node.activation;
    if (node.inputs.size() > 2 && node.inputs[2] != kNoValue) {
      const ValueId product =
          rewriter_.EmitNew(OpKind::Mul, name + "/dequantize", {real, scale}, {}, DType::f32, shape);
      last.kind = OpKind::Add;
      last.name = name + "/bias";
      last.inputs = {product, node.inputs[2]};
    } else {
      last.kind = OpKind::Mul;
      last.name = name + "/dequantize";
      last.inputs = {real, scale};
    }
    EmitWithoutFusion(std::move(last));
    return {};
  }

  Rewriter& rewriter_;
  std::unordered_map<ValueId, QuantizedValue> quantized_;
};

}  // namespace

Status LowerToOnnx(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  Lowering lowering(rewriter);
  ALICE_RETURN_IF_ERROR(rewriter.ForEachNode([&](Node node) -> Status { return lowering.Lower(std::move(node)); }));
  ALICE_RETURN_IF_ERROR(RemoveDead(graph, budget));
  for (const Value& value : graph.values) {
    if (value.constant && value.constant->released()) {
      return MakeError(ErrorCode::internal, "the constant \"", value.name, "\" was released before its last use");
    }
  }
  return {};
}

}  // namespace alice
