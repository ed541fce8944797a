#include "onnx/export_ops.h"

#include <algorithm>

#include "ir/activation_op.h"
#include "ir/reduction.h"
#include "onnx/spell_movement.h"
#include "onnx/writer.h"

namespace alice {
namespace {

std::string_view AutoPadText(AutoPad pad) {
  switch (pad) {
    case AutoPad::notset:
      return "NOTSET";
    case AutoPad::same_upper:
      return "SAME_UPPER";
    case AutoPad::same_lower:
      return "SAME_LOWER";
    case AutoPad::valid:
      return "VALID";
  }
  return "NOTSET";
}

bool Dilates(const WindowAttributes& window) {
  return std::ranges::any_of(window.dilations.dims(), [](std::int64_t dilation) { return dilation != 1; });
}

NodeSpelling SpellWindow(const WindowAttributes& window) {
  NodeSpelling spelling;
  const auto add = [&](std::string_view name, const Shape& list) {
    if (list.rank() > 0) spelling.attributes.push_back({name, list});
  };
  add("kernel_shape", window.kernel);
  add("strides", window.strides);
  if (Dilates(window)) add("dilations", window.dilations);
  if (window.auto_pad == AutoPad::notset) {
    add("pads", window.pads);
  } else {
    spelling.attributes.push_back({"auto_pad", AutoPadText(window.auto_pad)});
  }
  return spelling;
}

NodeSpelling SpellRecurrent(const Node& node, const RecurrentAttributes& recurrent) {
  constexpr std::string_view kDirections[] = {"forward", "reverse", "bidirectional"};
  NodeSpelling spelling{{{"direction", kDirections[static_cast<std::size_t>(recurrent.direction)]},
                         {"layout", std::int64_t{recurrent.batch_first}}},
                        {}};
  if (recurrent.hidden > 0) spelling.attributes.push_back({"hidden_size", recurrent.hidden});
  if (recurrent.clip) spelling.attributes.push_back({"clip", *recurrent.clip});
  if (node.kind == OpKind::LSTM) spelling.attributes.push_back({"input_forget", std::int64_t{recurrent.input_forget}});
  if (node.kind == OpKind::GRU) {
    spelling.attributes.push_back({"linear_before_reset", std::int64_t{recurrent.linear_before_reset}});
  }
  std::vector<std::string_view> names;
  std::vector<float> alphas;
  for (std::size_t direction = 0; direction < recurrent.directions(); ++direction) {
    for (const Activation& activation : recurrent.activations[direction]) {
      if (activation.kind == ActivationKind::none) continue;
      names.push_back(InfoOf(ActivationOpOf(activation.kind)).name);
      if (activation.kind == ActivationKind::leaky_relu) alphas.push_back(activation.alpha);
    }
  }
  spelling.attributes.push_back({"activations", std::move(names)});
  if (!alphas.empty()) spelling.attributes.push_back({"activation_alpha", std::move(alphas)});
  return spelling;
}

OwnedError NotLowered(const Node& node) {
  return MakeError(ErrorCode::internal, "the graph was not lowered to ONNX before it was written").At(node.name);
}

/// Spells the alternative that a node's Attributes hold.
struct Speller {
  const Node& node;
  const Graph& graph;
  std::int64_t opset;

  Result<NodeSpelling> operator()(NoAttributes) const { return NodeSpelling(); }

  Result<NodeSpelling> operator()(const GemmAttributes& gemm) const {
    return NodeSpelling{{{"alpha", gemm.alpha},
                         {"beta", gemm.beta},
                         {"transA", std::int64_t{gemm.trans_a}},
                         {"transB", std::int64_t{gemm.trans_b}}},
                        {}};
  }

  Result<NodeSpelling> operator()(const SoftmaxAttributes& softmax) const {
    const auto rank = static_cast<std::int64_t>(graph.value(node.inputs[0]).shape.rank());
    const bool last_axis = softmax.axis == -1 || softmax.axis == rank - 1;
    if (softmax.flatten_from_axis && !last_axis) {
      return MakeError(ErrorCode::model_unsupported_attribute, InfoOf(node.kind).name, " \"", node.name,
                       "\" goes over all axes from ", softmax.axis, " on, which later operator sets cannot say")
          .At(node.name);
    }
    return NodeSpelling{{{"axis", softmax.axis}}, {}};
  }

  Result<NodeSpelling> operator()(const FlattenAttributes& flatten) const {
    return NodeSpelling{{{"axis", flatten.axis}}, {}};
  }

  Result<NodeSpelling> operator()(const ReshapeAttributes& reshape) const {
    return NodeSpelling{{{"allowzero", std::int64_t{reshape.allow_zero}}}, {{"shape", reshape.dims}}};
  }

  Result<NodeSpelling> operator()(const CastAttributes& cast) const {
    return NodeSpelling{{{"to", std::int64_t{OnnxDataType(cast.to)}}}, {}};
  }

  Result<NodeSpelling> operator()(const BatchNormalizationAttributes& normalization) const {
    return NodeSpelling{{{"epsilon", normalization.epsilon}}, {}};
  }

  Result<NodeSpelling> operator()(const QuantizeLinearAttributes& quantize) const {
    const bool has_zero_point = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
    if (!has_zero_point && quantize.to.value_or(DType::u8) != DType::u8) {
      return MakeError(ErrorCode::model_unsupported_attribute, "QuantizeLinear \"", node.name, "\" makes ",
                       DTypeName(*quantize.to), " without a zero point, which operator set ", kWrittenOpset,
                       " cannot say")
          .At(node.name);
    }
    return NodeSpelling{{{"axis", quantize.axis}}, {}};
  }

  Result<NodeSpelling> operator()(const DequantizeLinearAttributes& dequantize) const {
    NodeSpelling spelling{{{"axis", dequantize.axis}}, {}};
    if (dequantize.block_size != 0) spelling.attributes.push_back({"block_size", dequantize.block_size});
    return spelling;
  }

  Result<NodeSpelling> operator()(const ConvAttributes& conv) const {
    if (conv.channels_last) return NotLowered(node);
    NodeSpelling spelling = SpellWindow(conv.window);
    spelling.attributes.push_back({"group", conv.group});
    return spelling;
  }

  Result<NodeSpelling> operator()(const PoolAttributes& pool) const {
    if (pool.channels_last) return NotLowered(node);
    NodeSpelling spelling = SpellWindow(pool.window);
    spelling.attributes.push_back({"ceil_mode", std::int64_t{pool.window.ceil_mode}});
    if (node.kind == OpKind::AveragePool) {
      if (Dilates(pool.window)) {
        return MakeError(ErrorCode::model_unsupported_attribute, "AveragePool \"", node.name,
                         "\" is dilated, which operator set ", kWrittenOpset, " cannot say")
            .At(node.name);
      }
      spelling.attributes.push_back({"count_include_pad", std::int64_t{pool.count_include_pad}});
    } else if (pool.column_major_indices) {
      spelling.attributes.push_back({"storage_order", std::int64_t{1}});
    }
    return spelling;
  }

  Result<NodeSpelling> operator()(const GlobalPoolAttributes& pool) const {
    if (pool.channels_last) return NotLowered(node);
    return NodeSpelling();
  }

  Result<NodeSpelling> operator()(const TransposeAttributes& transpose) const {
    return NodeSpelling{{{"perm", PermutationOf(transpose, graph.value(node.inputs[0]).shape.rank())}}, {}};
  }

  Result<NodeSpelling> operator()(const ConcatAttributes& concat) const {
    return NodeSpelling{{{"axis", concat.axis}}, {}};
  }

  Result<NodeSpelling> operator()(const SliceAttributes& slice) const { return Spell(slice); }
  Result<NodeSpelling> operator()(const GatherAttributes& gather) const {
    return NodeSpelling{{{"axis", gather.axis}}, {}};
  }
  Result<NodeSpelling> operator()(const AxesAttributes& axes) const { return Spell(axes); }
  Result<NodeSpelling> operator()(const ExpandAttributes& expand) const {
    return NodeSpelling{{}, {{"shape", expand.dims}}};
  }
  Result<NodeSpelling> operator()(const TileAttributes& tile) const {
    return NodeSpelling{{}, {{"repeats", tile.repeats}}};
  }
  Result<NodeSpelling> operator()(const PadAttributes& pad) const { return Spell(pad, node, graph); }
  Result<NodeSpelling> operator()(const SplitAttributes& split) const { return Spell(split, node, graph); }
  Result<NodeSpelling> operator()(const ShapeAttributes& shape) const { return Spell(shape); }
  Result<NodeSpelling> operator()(const FillAttributes&) const { return NotLowered(node); }
  Result<NodeSpelling> operator()(const BlockAttributes& block) const { return Spell(block, node); }
  Result<NodeSpelling> operator()(const ResizeAttributes& resize) const { return Spell(resize, node, graph); }
  Result<NodeSpelling> operator()(const ReduceAttributes& reduce) const {
    NodeSpelling spelling{{{"keepdims", std::int64_t{reduce.keep_dims}}}, {}};
    const bool takes_input = opset >= FirstOpsetWithAxesInput(node.kind);
    if (takes_input) spelling.attributes.push_back({"noop_with_empty_axes", std::int64_t{reduce.noop_without_axes}});
    if (reduce.axes.rank() == 0) {
      if (takes_input || !reduce.noop_without_axes) return spelling;
      return MakeError(ErrorCode::model_unsupported_attribute, InfoOf(node.kind).name, " \"", node.name,
                       "\" reduces nothing, which operator set ", opset, " cannot say")
          .At(node.name);
    }
    if (takes_input) {
      spelling.inputs.push_back({"axes", reduce.axes});
    } else {
      spelling.attributes.push_back({"axes", reduce.axes});
    }
    return spelling;
  }

  Result<NodeSpelling> operator()(const ArgAttributes& arg) const {
    return NodeSpelling{{{"axis", arg.axis},
                         {"keepdims", std::int64_t{arg.keep_dims}},
                         {"select_last_index", std::int64_t{arg.select_last}}},
                        {}};
  }

  Result<NodeSpelling> operator()(const TopKAttributes& top) const {
    return NodeSpelling{
        {{"axis", top.axis}, {"largest", std::int64_t{top.largest}}, {"sorted", std::int64_t{top.sorted}}},
        {{"k", Shape{top.k}}}};
  }

  Result<NodeSpelling> operator()(const RecurrentAttributes& recurrent) const {
    if (recurrent.takes_products) return NotLowered(node);
    return SpellRecurrent(node, recurrent);
  }

  Result<NodeSpelling> operator()(const ConvTransposeAttributes& conv) const {
    NodeSpelling spelling = SpellWindow(conv.window);
    spelling.attributes.push_back({"group", conv.group});
    if (conv.output_padding.rank() > 0) spelling.attributes.push_back({"output_padding", conv.output_padding});
    if (conv.output_shape.rank() > 0) spelling.attributes.push_back({"output_shape", conv.output_shape});
    return spelling;
  }

  Result<NodeSpelling> operator()(const NormalizationAttributes& norm) const {
    NodeSpelling spelling{{{"epsilon", norm.epsilon}}, {}};
    if (node.kind == OpKind::LayerNormalization) spelling.attributes.push_back({"axis", norm.axis});
    if (node.kind == OpKind::GroupNormalization) spelling.attributes.push_back({"num_groups", norm.groups});
    if (!norm.scales_of_groups) return spelling;
    return MakeError(ErrorCode::model_unsupported_attribute, "GroupNormalization \"", node.name,
                     "\" has a scale for each group, which operator set ", opset, " cannot say")
        .At(node.name);
  }

  Result<NodeSpelling> operator()(const MeanVarianceAttributes& norm) const {
    return NodeSpelling{{{"axes", norm.axes}}, {}};
  }

  Result<NodeSpelling> operator()(const LpNormalizationAttributes& norm) const {
    return NodeSpelling{{{"axis", norm.axis}, {"p", norm.p}}, {}};
  }

  Result<NodeSpelling> operator()(const LrnAttributes& lrn) const {
    return NodeSpelling{{{"alpha", lrn.alpha}, {"beta", lrn.beta}, {"bias", lrn.bias}, {"size", lrn.size}}, {}};
  }

  Result<NodeSpelling> operator()(const MatMulNBitsAttributes&) const {
    return NodeSpelling();  // never written: WriteOnnx refuses what is not of ai.onnx
  }

  Result<NodeSpelling> operator()(const ModAttributes& mod) const {
    return NodeSpelling{{{"fmod", std::int64_t{mod.fmod}}}, {}};
  }

  Result<NodeSpelling> operator()(const BitShiftAttributes& shift) const {
    return NodeSpelling{{{"direction", std::string_view(shift.left ? "LEFT" : "RIGHT")}}, {}};
  }

  Result<NodeSpelling> operator()(const Activation& activation) const {
    if (activation.kind == ActivationKind::clip && graph.value(node.inputs[0]).dtype == DType::f32) {
      return NodeSpelling{{}, {{"min", activation.low}, {"max", activation.high}}};
    }
    NodeSpelling spelling;
    for (const ActivationParameter& parameter : ParametersOf(activation.kind)) {
      spelling.attributes.push_back({parameter.name, activation.*parameter.member});
    }
    if (activation.kind == ActivationKind::gelu_tanh) {
      spelling.attributes.push_back({"approximate", std::string_view("tanh")});
    }
    return spelling;
  }
};

}  // namespace

Result<NodeSpelling> SpellNode(const Node& node, const Graph& graph, std::int64_t opset) {
  return std::visit(Speller{node, graph, opset}, node.attributes);
}

}  // namespace alice
