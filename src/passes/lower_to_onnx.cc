#include <map>
#include <tuple>

#include "ir/activation_op.h"
#include "passes/dynamic_int8.h"
#include "passes/lower_weights.h"
#include "passes/passes.h"
#include "passes/split_recurrent.h"

namespace alice {
namespace {

/// A quantized activation: codes with their scale and zero point.
struct QuantizedValue {
  ValueId quantized = kNoValue;
  ValueId scale = kNoValue;
  ValueId zero_point = kNoValue;
  ValueId real = kNoValue;  ///< what the codes stand for, where somebody needs it
};

/// What makes two quantizations of one value the same.
using QuantizationKey = std::tuple<ValueId, bool, float, float>;

/// Whether ONNX quantizes A so at run time: u8 by the range of the tensor.
bool IsDynamic(const Scheme& scheme) { return scheme.activations == ActivationScheme{}; }

/// Whether MatMulInteger can say it: one scale and zero point a column, or one for all; or ConvInteger, whose zero points
/// runtimes want to be one for all.
bool IsIntegerProduct(const Node& node, const Scheme& scheme) {
  return IsDynamic(scheme) && scheme.weights.type == WeightType::int8 &&
         scheme.weights.granularity != Granularity::per_group &&
         (node.kind != OpKind::Conv || scheme.weights.symmetric);
}

/// Whether a float product of what the codes stand for can.
bool IsQdq(const Scheme& scheme) { return IsDynamic(scheme) || scheme.activations.strategy == Strategy::fixed; }

class Lowering {
 public:
  explicit Lowering(Rewriter& rewriter) : rewriter_(rewriter) {}

  Status Lower(Node node) {
    if (!node.quantized) {
      EmitWithoutFusion(std::move(node));
      return {};
    }
    const Scheme& scheme = node.quantized->scheme;
    if (IsIntegerProduct(node, scheme)) return LowerInt8(std::move(node));
    if (IsQdq(scheme)) return LowerQdq(std::move(node));
    return MakeError(ErrorCode::model_unsupported_type, "node \"", node.name, "\" has the scheme ", SchemeText(scheme),
                     ", which ONNX has no operators for")
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
    activation.kind = ActivationOpOf(fused.kind);
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
  QuantizedValue& QuantizeDynamically(ValueId x, const std::optional<QuantRange>& bound) {
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

  /// x as its codes by `q` stand for it.
  Result<ValueId> QuantizeAndBack(ValueId x, QParams q) {
    QuantizedValue& known = quantized_[{x, true, q.scale, static_cast<float>(q.zero_point)}];
    if (known.real != kNoValue) return known.real;
    const std::string name = value(x).name;
    const SymbolicShape shape = value(x).shape;
    ALICE_ASSIGN_OR_RETURN(const ValueId scale, Scalar(name + "_scale", q.scale));
    ALICE_ASSIGN_OR_RETURN(const ValueId zero_point,
                           Scalar(name + "_zero_point", static_cast<std::uint8_t>(q.zero_point)));
    const ValueId codes = rewriter_.EmitNew(OpKind::QuantizeLinear, name + "/quantize", {x, scale, zero_point},
                                            QuantizeLinearAttributes{}, DType::u8, shape);
    return known.real = Dequantized(name, {codes, scale, zero_point}, shape);
  }

  ValueId Dequantized(const std::string& name, std::vector<ValueId> inputs, SymbolicShape shape) {
    return rewriter_.EmitNew(OpKind::DequantizeLinear, name + "/dequantize", std::move(inputs),
                             DequantizeLinearAttributes{}, DType::f32, std::move(shape));
  }

  /// A as the codes of `form` stand for it.
  Result<ValueId> LoweredActivations(ValueId a, const QuantizedForm& form, const std::string& node) {
    if (IsFp8(form.scheme.weights.type)) return a;
    if (form.scheme.activations.strategy == Strategy::dynamic) {
      QuantizedValue& q = QuantizeDynamically(a, form.bound);
      if (q.real == kNoValue) {
        q.real = Dequantized(value(a).name, {q.quantized, q.scale, q.zero_point}, SymbolicShape(value(a).shape));
      }
      return q.real;
    }
    if (!form.input) return MakeError(ErrorCode::internal, "a static range was never set").At(node);
    return QuantizeAndBack(a, *form.input);
  }

  [[nodiscard]] Shape WeightShapeOf(const Node& node) const { return value(node.inputs[1]).shape.Resolve({}); }

  /// The node as a float product of what its codes stand for.
  Status LowerQdq(Node node) {
    const QuantizedForm form = *node.quantized;
    const Shape shape = WeightShapeOf(node);
    ALICE_ASSIGN_OR_RETURN(node.inputs[0], LoweredActivations(node.inputs[0], form, node.name));
    const auto emit = node.kind == OpKind::Conv ? EmitDequantizedFilters : EmitDequantizedWeights;
    ALICE_ASSIGN_OR_RETURN(node.inputs[1], emit(rewriter_, form, shape, node.name + "/weights"));
    if (form.input && node.inputs.size() > 2 && node.inputs[2] != kNoValue) {
      ALICE_ASSIGN_OR_RETURN(node.inputs[2], EmitDequantizedBias(rewriter_, form, node.inputs[2], node.name + "/bias"));
    }
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
    const QuantizedForm form = *node.quantized;
    const Shape weights = WeightShapeOf(node);
    const std::string name = node.name;
    const SymbolicShape shape = value(node.outputs[0]).shape;
    const QuantizedValue x = QuantizeDynamically(node.inputs[0], form.bound);
    const bool is_conv = node.kind == OpKind::Conv;
    const Shape matrix = is_conv ? Shape{weights.Product(1, weights.rank()), weights[0]} : weights;
    ValueId codes = form.weights;
    if (is_conv) {
      ALICE_ASSIGN_OR_RETURN(codes, LoweredFilters(rewriter_, form, weights));
    }
    std::vector<ValueId> operands = {x.quantized, codes, x.zero_point};
    if (!form.scheme.weights.symmetric) {
      ALICE_ASSIGN_OR_RETURN(const ValueId zero_points, LoweredZeroPoints(rewriter_, form, matrix, DType::s8));
      operands.push_back(zero_points);
    }
    ALICE_ASSIGN_OR_RETURN(const ValueId row, LoweredScales(rewriter_, form, matrix));
    ALICE_ASSIGN_OR_RETURN(const ValueId scales, AlongChannels(node, row));
    const ValueId acc = rewriter_.EmitNew(is_conv ? OpKind::ConvInteger : OpKind::MatMulInteger, name, operands,
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
  ALICE_RETURN_IF_ERROR(JoinRecurrent(graph, budget));
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
