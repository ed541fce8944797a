#include "ir/dump.h"

#include <cstdio>

#include "ir/activation_op.h"

namespace alice {
namespace {

std::string Number(float x) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", static_cast<double>(x));
  return text;
}

std::string_view ActivationName(ActivationKind kind) {
  switch (kind) {
#define ALICE_ACTIVATION(name, formula) \
  case ActivationKind::name:            \
    return #name;
#include "numeric/activation.inc"
#undef ALICE_ACTIVATION
  }
  return "?";
}

std::string Parameters(const Activation& activation) {
  if (activation.kind == ActivationKind::clip) {
    return "low=" + Number(activation.low) + ", high=" + Number(activation.high);
  }
  std::string text;
  for (const ActivationParameter& parameter : ParametersOf(activation.kind)) {
    text += (text.empty() ? "" : ", ") + std::string(parameter.name) + "=" + Number(activation.*parameter.member);
  }
  return text;
}

std::string_view AutoPadName(AutoPad pad) {
  switch (pad) {
    case AutoPad::notset:
      return "";
    case AutoPad::same_upper:
      return "same_upper";
    case AutoPad::same_lower:
      return "same_lower";
    case AutoPad::valid:
      return "valid";
  }
  return "?";
}

std::string Text(const WindowAttributes& window) {
  std::string text = "kernel=" + window.kernel.ToString();
  if (window.strides.rank() > 0) text += ", strides=" + window.strides.ToString();
  if (window.dilations.rank() > 0) text += ", dilations=" + window.dilations.ToString();
  if (window.pads.rank() > 0) text += ", pads=" + window.pads.ToString();
  if (window.auto_pad != AutoPad::notset) text += ", auto_pad=" + std::string(AutoPadName(window.auto_pad));
  if (window.ceil_mode) text += ", ceil_mode";
  return text;
}

/// The attributes that differ from an operator's plainest form.
struct AttributeText {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(const GemmAttributes& gemm) const {
    std::string text;
    if (gemm.alpha != 1.0f) text += ", alpha=" + Number(gemm.alpha);
    if (gemm.beta != 1.0f) text += ", beta=" + Number(gemm.beta);
    if (gemm.trans_a) text += ", trans_a";
    if (gemm.trans_b) text += ", trans_b";
    return text.empty() ? text : text.substr(2);
  }
  std::string operator()(const SoftmaxAttributes& softmax) const {
    return "axis=" + std::to_string(softmax.axis) + (softmax.flatten_from_axis ? ", flatten_from_axis" : "");
  }
  std::string operator()(const FlattenAttributes& flatten) const { return "axis=" + std::to_string(flatten.axis); }
  std::string operator()(const ReshapeAttributes& reshape) const {
    return "dims=" + reshape.dims.ToString() + (reshape.allow_zero ? ", allow_zero" : "");
  }
  std::string operator()(const CastAttributes& cast) const { return "to=" + std::string(DTypeName(cast.to)); }
  std::string operator()(const BatchNormalizationAttributes& norm) const { return "epsilon=" + Number(norm.epsilon); }
  std::string operator()(const QuantizeLinearAttributes& quantize) const {
    return "axis=" + std::to_string(quantize.axis) +
           (quantize.to ? ", to=" + std::string(DTypeName(*quantize.to)) : std::string());
  }
  std::string operator()(const DequantizeLinearAttributes& dequantize) const {
    std::string axis = "axis=" + std::to_string(dequantize.axis);
    if (dequantize.block_size == 0) return axis;
    return axis + ", block_size=" + std::to_string(dequantize.block_size);
  }
  std::string operator()(const ConvAttributes& conv) const {
    return Text(conv.window) + (conv.group != 1 ? ", group=" + std::to_string(conv.group) : "") +
           (conv.channels_last ? ", channels_last" : "");
  }
  std::string operator()(const PoolAttributes& pool) const {
    return Text(pool.window) + (pool.count_include_pad ? ", count_include_pad" : "") +
           (pool.column_major_indices ? ", column_major_indices" : "") + (pool.channels_last ? ", channels_last" : "");
  }
  std::string operator()(const GlobalPoolAttributes& pool) const { return pool.channels_last ? "channels_last" : ""; }
  std::string operator()(const TransposeAttributes& transpose) const {
    return "permutation=" + transpose.permutation.ToString();
  }
  std::string operator()(const ConcatAttributes& concat) const { return "axis=" + std::to_string(concat.axis); }
  std::string operator()(const SliceAttributes& slice) const {
    return "starts=" + slice.starts.ToString() + ", ends=" + slice.ends.ToString() + ", axes=" + slice.axes.ToString() +
           ", steps=" + slice.steps.ToString();
  }
  std::string operator()(const GatherAttributes& gather) const { return "axis=" + std::to_string(gather.axis); }
  std::string operator()(const AxesAttributes& axes) const { return "axes=" + axes.axes.ToString(); }
  std::string operator()(const ExpandAttributes& expand) const { return "dims=" + expand.dims.ToString(); }
  std::string operator()(const TileAttributes& tile) const { return "repeats=" + tile.repeats.ToString(); }
  std::string operator()(const PadAttributes& pad) const {
    constexpr std::string_view kModes[] = {"constant", "reflect", "edge", "wrap"};
    return std::string(kModes[static_cast<std::size_t>(pad.mode)]) + ", begins=" + pad.begins.ToString() +
           ", ends=" + pad.ends.ToString() + ", axes=" + pad.axes.ToString();
  }
  std::string operator()(const SplitAttributes& split) const { return "axis=" + std::to_string(split.axis); }
  std::string operator()(const ShapeAttributes& shape) const {
    return "start=" + std::to_string(shape.start) + (shape.end ? ", end=" + std::to_string(*shape.end) : std::string());
  }
  std::string operator()(const FillAttributes& fill) const { return "dims=" + fill.dims.ToString(); }
  std::string operator()(const BlockAttributes& block) const {
    return "size=" + std::to_string(block.size) + (block.channels_outermost ? ", channels_outermost" : "");
  }
  std::string operator()(const ResizeAttributes& resize) const {
    constexpr std::string_view kModes[] = {"nearest", "linear", "cubic"};
    return std::string(kModes[static_cast<std::size_t>(resize.mode)]);
  }
  std::string operator()(const ReduceAttributes& reduce) const {
    return "axes=" + reduce.axes.ToString() + (reduce.keep_dims ? "" : ", drop_dims") +
           (reduce.noop_without_axes ? ", noop_without_axes" : "");
  }
  std::string operator()(const ArgAttributes& arg) const {
    return "axis=" + std::to_string(arg.axis) + (arg.keep_dims ? "" : ", drop_dims") +
           (arg.select_last ? ", select_last" : "");
  }
  std::string operator()(const TopKAttributes& top) const {
    return "k=" + std::to_string(top.k) + ", axis=" + std::to_string(top.axis) + (top.largest ? "" : ", smallest") +
           (top.sorted ? "" : ", unsorted");
  }
  std::string operator()(const RecurrentAttributes& recurrent) const {
    std::string text = recurrent.direction == RecurrentDirection::forward   ? "forward"
                       : recurrent.direction == RecurrentDirection::reverse ? "reverse"
                                                                            : "bidirectional";
    for (std::size_t direction = 0; direction < recurrent.directions(); ++direction) {
      text += direction == 0 ? ", activations=" : "; ";
      for (const Activation& activation : recurrent.activations[direction]) {
        if (activation.kind != ActivationKind::none) text += std::string(ActivationName(activation.kind)) + " ";
      }
      text.pop_back();
    }
    if (recurrent.clip) text += ", clip=" + Number(*recurrent.clip);
    return text + (recurrent.batch_first ? ", batch_first" : "") +
           (recurrent.linear_before_reset ? ", linear_before_reset" : "") +
           (recurrent.input_forget ? ", input_forget" : "") + (recurrent.takes_products ? ", takes_products" : "");
  }
  std::string operator()(const ConvTransposeAttributes& conv) const {
    return Text(conv.window) + (conv.group != 1 ? ", group=" + std::to_string(conv.group) : "") +
           (conv.output_padding.rank() > 0 ? ", output_padding=" + conv.output_padding.ToString() : "") +
           (conv.output_shape.rank() > 0 ? ", output_shape=" + conv.output_shape.ToString() : "");
  }
  std::string operator()(const NormalizationAttributes& norm) const {
    return "epsilon=" + Number(norm.epsilon) + (norm.axis != -1 ? ", axis=" + std::to_string(norm.axis) : "") +
           (norm.groups != 1 ? ", groups=" + std::to_string(norm.groups) : "") +
           (norm.scales_of_groups ? ", scales_of_groups" : "");
  }
  std::string operator()(const MeanVarianceAttributes& norm) const { return "axes=" + norm.axes.ToString(); }
  std::string operator()(const LpNormalizationAttributes& norm) const {
    return "axis=" + std::to_string(norm.axis) + ", p=" + std::to_string(norm.p);
  }
  std::string operator()(const LrnAttributes& lrn) const {
    return "size=" + std::to_string(lrn.size) + ", alpha=" + Number(lrn.alpha) + ", beta=" + Number(lrn.beta) +
           ", bias=" + Number(lrn.bias);
  }
  std::string operator()(const MatMulNBitsAttributes& product) const {
    return "k=" + std::to_string(product.k) + ", n=" + std::to_string(product.n) +
           ", block_size=" + std::to_string(product.block_size) + (product.quantizes_a ? ", quantizes_a" : "");
  }
  std::string operator()(const ModAttributes& mod) const { return mod.fmod ? "fmod" : ""; }
  std::string operator()(const BitShiftAttributes& shift) const { return shift.left ? "left" : "right"; }
  std::string operator()(const Activation& activation) const { return Parameters(activation); }
};

std::string Type(const Graph& graph, const Value& value) {
  return std::string(DTypeName(value.dtype)) + value.shape.ToString(graph.symbols);
}

std::string Operand(const Graph& graph, ValueId id) {
  if (id == kNoValue) return "-";
  const Value& value = graph.value(id);
  if (value.constant) return value.name + value.shape.ToString(graph.symbols);
  return "%" + value.name;
}

std::string NodeLine(const Graph& graph, const Node& node) {
  std::string text;
  for (const ValueId output : node.outputs) text += (text.empty() ? "%" : ", %") + graph.value(output).name;
  text += " = " + std::string(InfoOf(node.kind).name) + "(";
  for (std::size_t index = 0; index < node.inputs.size(); ++index) {
    text += (index > 0 ? ", " : "") + Operand(graph, node.inputs[index]);
  }
  if (const std::string attributes = std::visit(AttributeText{}, node.attributes); !attributes.empty()) {
    text += "; " + attributes;
  }
  text += ")";
  if (node.activation.kind != ActivationKind::none) {
    text += " + " + std::string(ActivationName(node.activation.kind));
    if (const std::string parameters = Parameters(node.activation); !parameters.empty()) {
      text += "(" + parameters + ")";
    }
  }
  for (std::size_t index = 0; index < node.outputs.size(); ++index) {
    text += (index > 0 ? ", " : " → ") + Type(graph, graph.value(node.outputs[index]));
  }
  return text + "   # " + node.name + (node.quantized ? ", " + SchemeText(node.quantized->scheme) : "") + "\n";
}

}  // namespace

std::string Dump(const Graph& graph) {
  std::string text = "graph " + graph.name + ", operator set " + std::to_string(graph.opset) + "\n";
  for (const ValueId input : graph.inputs) {
    text += "input %" + graph.value(input).name + ": " + Type(graph, graph.value(input)) + "\n";
  }
  for (const Node& node : graph.nodes) text += NodeLine(graph, node);
  for (const ValueId output : graph.outputs) {
    text += "output " + Operand(graph, output) + ": " + Type(graph, graph.value(output)) + "\n";
  }
  return text;
}

}  // namespace alice
