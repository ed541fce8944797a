#include <optional>

#include "passes/qdq.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

/// Where a product of codes has its inputs. Scale and zero point stand behind the codes of X (input 0) and W (input 3).
struct QOperator {
  OpKind product;  ///< that it is in float
  std::size_t bias, y_scale, y_zero_point;
};
constexpr std::size_t kX = 0;
constexpr std::size_t kW = 3;

std::optional<QOperator> QOperatorOf(OpKind kind) {
  if (kind == OpKind::QGemm) return QOperator{OpKind::Gemm, 6, 7, 8};
  if (kind == OpKind::QLinearConv) return QOperator{OpKind::Conv, 8, 6, 7};
  return std::nullopt;
}

class QOperatorExpander {
 public:
  QOperatorExpander(Rewriter& rewriter, Node node, const QOperator& op)
      : rewriter_(rewriter), node_(std::move(node)), op_(op), gemm_(std::get_if<GemmAttributes>(&node_.attributes)) {}

  Status Run() {
    Node product;
    product.kind = op_.product;
    product.name = node_.name;
    product.attributes = node_.attributes;
    if (auto* gemm = std::get_if<GemmAttributes>(&product.attributes)) gemm->beta = 1.0f;
    const std::int64_t output_axis = gemm_ != nullptr && !gemm_->trans_b ? 1 : 0;
    product.inputs = {Dequantized(kX, "/x", 1), Dequantized(kW, "/w", output_axis)};
    if (InputOf(op_.bias) != kNoValue) {
      ALICE_ASSIGN_OR_RETURN(const ValueId bias, Bias());
      product.inputs.push_back(bias);
    }
    if (InputOf(op_.y_scale) == kNoValue) {
      product.outputs = std::move(node_.outputs);
      rewriter_.Emit(std::move(product));
      return {};
    }
    const SymbolicShape shape = value(node_.outputs[0]).shape;
    product.outputs = {rewriter_.NewValue(node_.name + "/real", DType::f32, shape)};
    Node quantize;
    quantize.kind = OpKind::QuantizeLinear;
    quantize.name = node_.name + "/quantize";
    quantize.attributes = QuantizeLinearAttributes{};
    quantize.inputs = {product.outputs[0], InputOf(op_.y_scale)};
    if (InputOf(op_.y_zero_point) != kNoValue) quantize.inputs.push_back(InputOf(op_.y_zero_point));
    quantize.outputs = std::move(node_.outputs);
    rewriter_.Emit(std::move(product));
    rewriter_.Emit(std::move(quantize));
    return {};
  }

 private:
  [[nodiscard]] const Value& value(ValueId id) const { return rewriter_.graph().value(id); }
  [[nodiscard]] ValueId InputOf(std::size_t index) const {
    return index < node_.inputs.size() ? node_.inputs[index] : kNoValue;
  }

  ValueId Dequantized(std::size_t first, std::string_view what, std::int64_t axis) {
    return rewriter_.EmitNew(OpKind::DequantizeLinear, node_.name + std::string(what),
                             {node_.inputs[first], node_.inputs[first + 1], node_.inputs[first + 2]},
                             DequantizeLinearAttributes{.axis = axis}, DType::f32,
                             SymbolicShape(value(node_.inputs[first]).shape));
  }

  /// The bias in float: its codes times the scale of the products, of W per output channel or for all.
  Result<ValueId> Bias() {
    for (const std::size_t index : {op_.bias, kX + 1, kW + 1}) {
      const Value& given = value(node_.inputs[index]);
      if (!given.constant) {
        return MakeError(ErrorCode::model_unsupported_operator, InfoOf(node_.kind).name, " \"", node_.name,
                         "\" is not supported with \"", given.name, "\" computed at run time");
      }
      if (given.constant->released()) {
        return MakeError(ErrorCode::internal, "a constant was released before its last use");
      }
    }
    const Value& bias = value(node_.inputs[op_.bias]);
    const std::span<const std::int32_t> codes = bias.constant->elements<const std::int32_t>();
    const float x_scale = value(node_.inputs[kX + 1]).constant->elements<const float>()[0];
    const std::span<const float> w_scales = value(node_.inputs[kW + 1]).constant->elements<const float>();
    // The Gemm multiplies by alpha only the product.
    const float alpha = gemm_ == nullptr ? 1.0f : gemm_->alpha;
    const Shape shape{static_cast<std::int64_t>(codes.size())};
    ALICE_ASSIGN_OR_RETURN(Tensor real, Tensor::Zeros(rewriter_.budget(), MemoryKind::weights_f32, DType::f32, shape));
    const std::span<float> to = real.elements<float>();
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i] = static_cast<float>(codes[i]) * (alpha * (x_scale * w_scales[w_scales.size() == 1 ? 0 : i]));
    }
    return rewriter_.NewConstant(bias.name, std::move(real));
  }

  Rewriter& rewriter_;
  Node node_;
  QOperator op_;
  const GemmAttributes* gemm_;
};

}  // namespace

Status ExpandQOperators(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    if (const auto op = QOperatorOf(node.kind)) return QOperatorExpander(rewriter, std::move(node), *op).Run();
    rewriter.Emit(std::move(node));
    return {};
  });
}

}  // namespace alice
