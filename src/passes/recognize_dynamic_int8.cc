#include <algorithm>
#include <functional>
#include <optional>

#include "base/sort_ids.h"
#include "passes/conv_weights.h"
#include "passes/dynamic_int8.h"
#include "passes/fuse_bias.h"
#include "passes/passes.h"
#include "passes/weight_form.h"

namespace alice {
namespace {

/// The parts of the pattern, up to the bias.
struct Pattern {
  std::string name;
  const Node* product = nullptr;  ///< MatMulInteger or ConvInteger; valid until the next Emit
  ValueId x = kNoValue;
  StoredWeights weights;
};

ValueId WeightZeroPointsOf(const Node& matmul) { return matmul.inputs.size() < 4 ? kNoValue : matmul.inputs[3]; }

class Matcher {
 public:
  explicit Matcher(Rewriter& rewriter) : rewriter_(rewriter), graph_(rewriter.graph()) {}

  /// The pattern that ends in `mul`: three factors Cast(acc), sx, sw in any order and association.
  std::optional<Pattern> Match(const Node& mul) {
    if (mul.kind != OpKind::Mul) return std::nullopt;
    std::vector<ValueId> factors = FactorsOf(mul);
    if (factors.size() != 3) return std::nullopt;
    SortIds(factors, std::less{});
    do {
      if (std::optional<Pattern> pattern = MatchFactors(mul, factors)) return pattern;
    } while (std::ranges::next_permutation(factors).found);
    return std::nullopt;
  }

 private:
  const Node* Producer(ValueId id, OpKind kind) {
    const Node* node = rewriter_.ProducerOf(id);
    return node != nullptr && node->kind == kind ? node : nullptr;
  }

  std::vector<ValueId> FactorsOf(const Node& mul) {
    std::vector<ValueId> factors;
    for (const ValueId input : mul.inputs) {
      const Node* inner = Producer(input, OpKind::Mul);
      if (inner != nullptr && inner->activation.kind == ActivationKind::none) {
        factors.insert(factors.end(), inner->inputs.begin(), inner->inputs.end());
      } else {
        factors.push_back(input);
      }
    }
    return factors;
  }

  std::optional<Pattern> MatchFactors(const Node& mul, const std::vector<ValueId>& factors) {
    const Node* cast = Producer(factors[0], OpKind::Cast);
    if (cast == nullptr || std::get<CastAttributes>(cast->attributes).to != DType::f32) return std::nullopt;
    const Node* matmul = Producer(cast->inputs[0], OpKind::MatMulInteger);
    if (matmul == nullptr) matmul = Producer(cast->inputs[0], OpKind::ConvInteger);
    if (matmul == nullptr || matmul->inputs.size() < 3 || matmul->inputs[2] == kNoValue) return std::nullopt;
    const Node* quantize = Producer(matmul->inputs[0], OpKind::DynamicQuantizeLinear);
    if (quantize == nullptr || quantize->outputs[0] != matmul->inputs[0] || quantize->outputs[1] != factors[1] ||
        quantize->outputs[2] != matmul->inputs[2]) {
      return std::nullopt;
    }
    const Value& weights = graph_.value(matmul->inputs[1]);
    const Value& scales = graph_.value(factors[2]);
    if (!scales.constant || scales.dtype != DType::f32 || !ScalesFit(*matmul, weights, scales.shape) ||
        graph_.value(mul.outputs[0]).shape != graph_.value(matmul->outputs[0]).shape) {
      return std::nullopt;
    }
    return Pattern{matmul->name,
                   matmul,
                   quantize->inputs[0],
                   {.codes = matmul->inputs[1], .scales = factors[2], .zero_points = WeightZeroPointsOf(*matmul)}};
  }

  /// Whether the scales are one number, or one a column of a matrix or an output channel ([O, 1, ...]) of a Conv's W.
  static bool ScalesFit(const Node& product, const Value& weights, const SymbolicShape& scales) {
    const std::vector<Dim>& dims = weights.shape.dims;
    const auto* conv = std::get_if<ConvAttributes>(&product.attributes);
    if (!weights.constant) return false;
    if (conv == nullptr) return dims.size() == 2 && IsRow(scales, dims[1].size);
    const auto is_one = [](const Dim& dim) { return dim == Dim::Known(1); };
    if (dims.size() < 3) return false;
    if (std::ranges::all_of(scales.dims, is_one)) return scales.rank() <= dims.size();
    const std::size_t channel_axis = scales.rank() + 1 - dims.size();  // 0 or 1, else out of range
    return scales.rank() + 1 >= dims.size() && channel_axis <= 1 && scales.dims[channel_axis] == dims[0] &&
           std::ranges::count_if(scales.dims, is_one) == static_cast<std::ptrdiff_t>(scales.rank()) - 1;
  }

  Rewriter& rewriter_;
  const Graph& graph_;
};

Result<bool> EmitProduct(Rewriter& rewriter, const Pattern& pattern, Node& mul) {
  const Graph& graph = rewriter.graph();
  const Attributes attributes = pattern.product->attributes;
  const bool is_conv = pattern.product->kind == OpKind::ConvInteger;
  ALICE_ASSIGN_OR_RETURN(const std::optional<ProductWeights> weights, is_conv
                                                                          ? ConvWeightsOf(rewriter, pattern.weights)
                                                                          : MatrixWeightsOf(rewriter, pattern.weights));
  if (!weights) return false;
  const bool is_gemm = !is_conv && graph.value(pattern.x).shape.rank() == 2;
  Node product;
  product.kind = is_conv ? OpKind::Conv : is_gemm ? OpKind::Gemm : OpKind::MatMul;
  product.attributes = is_gemm ? Attributes(GemmAttributes{}) : attributes;
  product.name = pattern.name;
  product.inputs = {pattern.x, weights->real};
  product.outputs = std::move(mul.outputs);
  product.activation = mul.activation;
  product.quantized = weights->form;
  rewriter.Emit(std::move(product));
  return true;
}

bool AddsToInt8(Rewriter& rewriter, const Node& add) {
  if (add.kind != OpKind::Add) return false;
  return std::ranges::any_of(add.inputs, [&](ValueId input) {
    const Node* producer = rewriter.ProducerOf(input);
    return producer != nullptr && producer->quantized;
  });
}

}  // namespace

Status RecognizeDynamicInt8(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  Matcher matcher(rewriter);
  ALICE_RETURN_IF_ERROR(rewriter.ForEachNode([&](Node node) -> Status {
    if (const std::optional<Pattern> pattern = matcher.Match(node)) {
      ALICE_ASSIGN_OR_RETURN(const bool emitted, EmitProduct(rewriter, *pattern, node));
      if (emitted) return {};
    }
    if (AddsToInt8(rewriter, node)) {
      ALICE_ASSIGN_OR_RETURN(const bool fused, TryFuseBias(rewriter, node));
      if (fused) return {};
    }
    rewriter.Emit(std::move(node));
    return {};
  }));
  return RemoveDead(graph, budget);
}

}  // namespace alice
