#include "onnx/export_ops.h"

#include <algorithm>

#include "ir/activation_op.h"
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

Error NotLowered(const Node& node) {
  return MakeError(ErrorCode::internal, "the graph was not lowered to ONNX before it was written").At(node.name);
}

/// Spells the alternative that a node's Attributes hold.
struct Speller {
  const Node& node;
  const Graph& graph;

  Result<NodeSpelling> operator()(std::monostate) const { return NodeSpelling(); }

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

Result<NodeSpelling> SpellNode(const Node& node, const Graph& graph) {
  return std::visit(Speller{node, graph}, node.attributes);
}

}  // namespace alice
