#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "passes/conv_weights.h"
#include "passes/passes.h"
#include "passes/qdq.h"
#include "passes/weight_form.h"

namespace alice {
namespace {

/// A product's A: what is quantized, and how.
struct Activations {
  ValueId x = kNoValue;
  ActivationScheme scheme;
  std::optional<QParams> input;
};

bool IsPlainProduct(const Node& node) {
  if (node.quantized) return false;
  if (node.kind == OpKind::MatMul) return true;
  if (const auto* conv = std::get_if<ConvAttributes>(&node.attributes)) {
    return node.kind == OpKind::Conv && !conv->channels_last;
  }
  if (node.kind != OpKind::Gemm) return false;
  const auto& gemm = std::get<GemmAttributes>(node.attributes);
  const bool has_c = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
  return !gemm.trans_a && gemm.alpha == 1.0f && (gemm.beta == 1.0f || !has_c);
}

ValueId InputOf(const Node& node, std::size_t index) {
  return index < node.inputs.size() ? node.inputs[index] : kNoValue;
}

class Recognizer {
 public:
  explicit Recognizer(Rewriter& rewriter) : rewriter_(rewriter), graph_(rewriter.graph()) {}

  Status Visit(Node node) {
    if (IsPlainProduct(node)) ALICE_RETURN_IF_ERROR(Recognize(node));
    rewriter_.Emit(std::move(node));
    return {};
  }

 private:
  Status Recognize(Node& product) {
    ALICE_ASSIGN_OR_RETURN(const ProductWeights* const weights, WeightsOf(product));
    if (weights == nullptr) return {};
    Activations activations{.x = product.inputs[0], .scheme = {}, .input = {}};
    if (!IsFp8(weights->form.scheme.weights.type)) {
      const std::optional<Activations> found = ActivationsOf(product.inputs[0]);
      if (!found) return {};
      activations = *found;
    }
    product.quantized = weights->form;
    product.quantized->scheme.activations = activations.scheme;
    product.quantized->input = activations.input;
    product.inputs[0] = activations.x;
    product.inputs[1] = weights->real;
    if (auto* const gemm = std::get_if<GemmAttributes>(&product.attributes)) *gemm = {};
    return {};
  }

  const Node* Producer(ValueId id, OpKind kind) {
    const Node* node = rewriter_.ProducerOf(id);
    return node != nullptr && node->kind == kind ? node : nullptr;
  }

  /// The constant scale and zero point of a QuantizeLinear or DequantizeLinear per tensor; as those of u8 codes.
  std::optional<QParams> ParamsOf(const Node& node, DType code) {
    const auto one = [&](ValueId id) {
      const std::optional<Tensor>& constant = graph_.value(id).constant;
      return constant && !constant->released() && constant->shape().elements() == 1;
    };
    const ValueId zero_point = InputOf(node, 2);
    if (!one(node.inputs[1]) || (zero_point != kNoValue && !one(zero_point))) return std::nullopt;
    QParams params{graph_.value(node.inputs[1]).constant->elements<const float>()[0], code == DType::s8 ? 128 : 0};
    if (!std::isfinite(params.scale) || params.scale <= 0.0f) return std::nullopt;
    if (zero_point == kNoValue) return params;
    const Tensor& given = *graph_.value(zero_point).constant;
    params.zero_point +=
        code == DType::s8 ? int{given.elements<const std::int8_t>()[0]} : int{given.elements<const std::uint8_t>()[0]};
    return params;
  }

  std::optional<Activations> ActivationsOf(ValueId a) {
    const Node* const dequantize = Producer(a, OpKind::DequantizeLinear);
    if (dequantize == nullptr) return std::nullopt;
    const ValueId codes = dequantize->inputs[0];
    const DType code = graph_.value(codes).dtype;
    if (const Node* const quantize = Producer(codes, OpKind::DynamicQuantizeLinear)) {
      if (quantize->outputs[0] != codes || quantize->outputs[1] != dequantize->inputs[1] ||
          quantize->outputs[2] != InputOf(*dequantize, 2)) {
        return std::nullopt;
      }
      return Activations{quantize->inputs[0], {}, {}};
    }
    const Node* const quantize = Producer(codes, OpKind::QuantizeLinear);
    if (quantize == nullptr) return std::nullopt;
    const std::optional<QParams> input = ParamsOf(*quantize, code);
    if (!input || input != ParamsOf(*dequantize, code)) return std::nullopt;
    return Activations{quantize->inputs[0],
                       {.strategy = Strategy::fixed, .symmetric = input->zero_point == SymmetricU8(0.0f).zero_point},
                       input};
  }

  /// The weights of a product, or null where they are none that are known. Valid until the next call.
  Result<const ProductWeights*> WeightsOf(const Node& product) {
    const auto* const gemm = std::get_if<GemmAttributes>(&product.attributes);
    const bool transposed = gemm != nullptr && gemm->trans_b;
    const Node* const dequantize = Producer(product.inputs[1], OpKind::DequantizeLinear);
    const ProductWeights* const none = nullptr;
    if (dequantize == nullptr) return none;
    const auto [known, is_new] = weights_.try_emplace({product.inputs[1], transposed});
    if (is_new) {
      const bool is_conv = product.kind == OpKind::Conv;
      ALICE_ASSIGN_OR_RETURN(known->second, is_conv ? ReadFilters(*dequantize) : ReadMatrix(*dequantize, transposed));
    }
    return known->second ? &*known->second : none;
  }

  StoredWeights Stored(const Node& dequantize, bool transposed) {
    const auto& attributes = std::get<DequantizeLinearAttributes>(dequantize.attributes);
    return {.codes = dequantize.inputs[0],
            .scales = dequantize.inputs[1],
            .zero_points = InputOf(dequantize, 2),
            .block_size = static_cast<std::size_t>(attributes.block_size),
            .transposed = transposed};
  }

  [[nodiscard]] bool IsPerTensor(const Node& dequantize) const {
    const SymbolicShape& scales = graph_.value(dequantize.inputs[1]).shape;
    return scales.rank() == 0 || (scales.rank() == 1 && scales.dims[0] == Dim::Known(1));
  }

  Result<std::optional<ProductWeights>> ReadMatrix(const Node& dequantize, bool transposed) {
    const auto& attributes = std::get<DequantizeLinearAttributes>(dequantize.attributes);
    const bool along_rows = (attributes.axis == 0 || attributes.axis == -2) != transposed;  // of [K, N], along K
    const bool has_blocks = attributes.block_size != 0;
    const bool per_tensor = !has_blocks && IsPerTensor(dequantize);
    const bool is_matrix = graph_.value(dequantize.inputs[0]).shape.rank() == 2;
    if (!is_matrix || (!per_tensor && along_rows != has_blocks)) return std::optional<ProductWeights>();
    return MatrixWeightsOf(rewriter_, Stored(dequantize, transposed));
  }

  Result<std::optional<ProductWeights>> ReadFilters(const Node& dequantize) {
    const auto& attributes = std::get<DequantizeLinearAttributes>(dequantize.attributes);
    const auto rank = static_cast<std::int64_t>(graph_.value(dequantize.inputs[0]).shape.rank());
    const bool along_outputs = attributes.axis == 0 || attributes.axis == -rank;
    if (attributes.block_size != 0 || !(along_outputs || IsPerTensor(dequantize))) {
      return std::optional<ProductWeights>();
    }
    return ConvWeightsOf(rewriter_, Stored(dequantize, false));
  }

  Rewriter& rewriter_;
  const Graph& graph_;
  std::map<std::pair<ValueId, bool>, std::optional<ProductWeights>> weights_;
};

}  // namespace

Status RecognizeQdq(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  Recognizer recognizer(rewriter);
  ALICE_RETURN_IF_ERROR(rewriter.ForEachNode([&](Node node) -> Status { return recognizer.Visit(std::move(node)); }));
  return RemoveDead(graph, budget);
}

}  // namespace alice
