#include <map>
#include <tuple>

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

/// A quantized activation: codes with their scale and zero point.
struct QuantizedValue {
  ValueId quantized = kNoValue;
  ValueId scale = kNoValue;
  ValueId zero_point = kNoValue;
};

/// What makes two quantizations of one value the same.
using QuantizationKey = std::tuple<ValueId, bool, float, float>;

/// Whether MatMulInteger can say it: u8 by the range of the tensor, times s8 without zero points and with one scale a
/// column or one for all.
bool IsMatMulInteger(const Scheme& scheme) {
  return scheme.activations == ActivationScheme{} && scheme.weights.type == WeightType::int8 &&
         scheme.weights.symmetric && scheme.weights.granularity != Granularity::per_group;
}

/// Whether QuantizeLinear and DequantizeLinear of the operator set that is written can.
bool IsQdq(const Scheme& scheme) {
  return scheme.activations.strategy == Strategy::fixed && scheme.weights.type == WeightType::int8 &&
         scheme.weights.granularity != Granularity::per_group;
}

class Lowering {
 public:
  explicit Lowering(Rewriter& rewriter) : rewriter_(rewriter) {}

  Status Lower(Node node) {
    if (!node.quantized) {
      EmitWithoutFusion(std::move(node));
      return {};
    }
    const Scheme& scheme = node.quantized->scheme;
    if (IsMatMulInteger(scheme)) return LowerInt8(std::move(node));
    if (IsQdq(scheme)) return LowerQdq(std::move(node));
    return MakeError(ErrorCode::model_unsupported_type, "node \"", node.name, "\" has the scheme ", SchemeText(scheme),
                     ", which is not exported to ONNX")
        .At(node.name);
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

  /// u8 codes of x by the range of its values inside `bound`.
  QuantizedValue QuantizeDynamically(ValueId x, const std::optional<QuantRange>& bound) {
    const QuantRange key = bound.value_or(QuantRange{});
    const auto [known, is_new] = quantized_.try_emplace({x, bound.has_value(), key.min, key.max});
    QuantizedValue& result = known->second;
    if (!is_new) return result;
    const std::string name = value(x).name;
    const SymbolicShape shape = value(x).shape;
    if (bound) {
      const Activation clip{.kind = ActivationKind::clip, .low = bound->min, .high = bound->max};
      x = rewriter_.EmitNew(OpKind::Clip, name + "/clip", {x}, clip, DType::f32, shape);
    }
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

  template <typename T>
  Result<ValueId> Scalar(const std::string& name, T element) {
    ALICE_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Zeros(rewriter_.budget(), MemoryKind::scales, DTypeOf<T>, Shape{}));
    tensor.elements<T>()[0] = element;
    return rewriter_.NewConstant(name, std::move(tensor));
  }

  /// A constant vector, or where it has one element that as a scalar: ONNX's way to say "per tensor".
  template <typename T>
  Result<ValueId> ScalarIfOne(ValueId vector) {
    const std::span<const T> elements = value(vector).constant->elements<const T>();
    if (elements.size() != 1) return vector;
    return Scalar(value(vector).name, elements[0]);
  }

  /// x as its codes by `q` stand for it.
  Result<ValueId> QuantizeAndBack(ValueId x, QParams q) {
    const auto [known, is_new] = quantized_.try_emplace({x, true, q.scale, static_cast<float>(q.zero_point)});
    if (!is_new) return known->second.quantized;
    const std::string name = value(x).name;
    const SymbolicShape shape = value(x).shape;
    ALICE_ASSIGN_OR_RETURN(const ValueId scale, Scalar(name + "_scale", q.scale));
    ALICE_ASSIGN_OR_RETURN(const ValueId zero_point,
                           Scalar(name + "_zero_point", static_cast<std::uint8_t>(q.zero_point)));
    const ValueId codes = rewriter_.EmitNew(OpKind::QuantizeLinear, name + "/quantize", {x, scale, zero_point},
                                            QuantizeLinearAttributes{}, DType::u8, shape);
    known->second.quantized =
        rewriter_.EmitNew(OpKind::DequantizeLinear, name + "/dequantize", {codes, scale, zero_point},
                          DequantizeLinearAttributes{}, DType::f32, shape);
    return known->second.quantized;
  }

  /// The node as a float product of what its codes stand for.
  Status LowerQdq(Node node) {
    const QuantizedForm form = *node.quantized;
    if (!form.input) return MakeError(ErrorCode::internal, "a static range was never set").At(node.name);
    ALICE_ASSIGN_OR_RETURN(node.inputs[0], QuantizeAndBack(node.inputs[0], *form.input));
    ALICE_ASSIGN_OR_RETURN(const ValueId scales, ScalarIfOne<float>(form.scales));
    std::vector<ValueId> weights = {form.weights, scales};
    if (form.zero_points != kNoValue) {
      ALICE_ASSIGN_OR_RETURN(const ValueId zero_points, ScalarIfOne<std::int8_t>(form.zero_points));
      weights.push_back(zero_points);
    }
    const SymbolicShape shape = value(form.weights).shape;
    const std::int64_t output_axis = node.kind == OpKind::Conv ? 0 : 1;
    node.inputs[1] = rewriter_.EmitNew(OpKind::DequantizeLinear, node.name + "/weights", weights,
                                       DequantizeLinearAttributes{.axis = output_axis}, DType::f32, shape);
    node.quantized.reset();
    EmitWithoutFusion(std::move(node));
    return {};
  }

  /// A constant row [n] as what is multiplied with or added to the output of `node`: for a Conv [n, 1, ...].
  Result<ValueId> AlongChannels(const Node& node, ValueId row) {
    if (node.kind != OpKind::Conv || value(row).constant->shape().elements() == 1) return row;
    ALICE_ASSIGN_OR_RETURN(Tensor column, CopyOf(*value(row).constant, rewriter_.budget()));
    Shape shape = column.shape();
    for (std::size_t rank = value(node.outputs[0]).shape.rank(); rank > 2; --rank) shape.Append(1);
    column.set_shape(shape);
    return rewriter_.NewConstant(value(row).name, std::move(column));
  }

  Status LowerInt8(Node node) {
    const ValueId weights = node.quantized->weights;
    ALICE_ASSIGN_OR_RETURN(const ValueId scales, AlongChannels(node, node.quantized->scales));
    const std::string name = node.name;
    const SymbolicShape shape = value(node.outputs[0]).shape;
    const QuantizedValue x = QuantizeDynamically(node.inputs[0], node.quantized->bound);
    const bool is_conv = node.kind == OpKind::Conv;
    const ValueId acc = rewriter_.EmitNew(is_conv ? OpKind::ConvInteger : OpKind::MatMulInteger, name,
                                          {x.quantized, weights, x.zero_point},
                                          is_conv ? node.attributes : Attributes(), DType::i32, shape);
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
      ALICE_ASSIGN_OR_RETURN(const ValueId bias, AlongChannels(node, node.inputs[2]));
      last.inputs = {product, bias};
    } else {
      last.kind = OpKind::Mul;
      last.name = name + "/dequantize";
      last.inputs = {real, scale};
    }
    EmitWithoutFusion(std::move(last));
    return {};
  }

  Rewriter& rewriter_;
  std::map<QuantizationKey, QuantizedValue> quantized_;
};

}  // namespace

Status LowerToOnnx(Graph& graph, MemoryBudget& budget) {
  ALICE_RETURN_IF_ERROR(ChannelsFirst(graph, budget));
  {
    Rewriter rewriter(graph, budget);
    Lowering lowering(rewriter);
    ALICE_RETURN_IF_ERROR(rewriter.ForEachNode([&](Node node) -> Status { return lowering.Lower(std::move(node)); }));
  }
  for (const auto pass : {SinkTransposes, TransposesToReshapes, MergeReshapes, RemoveDead}) {
    ALICE_RETURN_IF_ERROR(pass(graph, budget));
  }
  for (const Value& value : graph.values) {
    if (value.constant && value.constant->released()) {
      return MakeError(ErrorCode::internal, "the constant \"", value.name, "\" was released before its last use");
    }
  }
  return {};
}

}  // namespace alice
