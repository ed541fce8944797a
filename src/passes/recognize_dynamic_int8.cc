#include <algorithm>
#include <optional>

#include "passes/dynamic_int8.h"
#include "passes/fuse_bias.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

/// The parts of the pattern, up to the bias.
struct Pattern {
  std::string name;
  const Node* product = nullptr;  ///< MatMulInteger or ConvInteger; valid until the next Emit
  ValueId x = kNoValue;
  ValueId weights = kNoValue;
  ValueId scales = kNoValue;
};

bool IsS8ZeroOrAbsent(const Graph& graph, const Node& matmul) {
  if (matmul.inputs.size() < 4 || matmul.inputs[3] == kNoValue) return true;
  const std::optional<Tensor>& zero_point = graph.value(matmul.inputs[3]).constant;
  if (!zero_point || zero_point->dtype() != DType::s8 || zero_point->released()) return false;
  return std::ranges::all_of(zero_point->elements<const std::int8_t>(), [](std::int8_t z) { return z == 0; });
}

class Matcher {
 public:
  explicit Matcher(Rewriter& rewriter) : rewriter_(rewriter), graph_(rewriter.graph()) {}

  /// The pattern that ends in `mul`: three factors Cast(acc), sx, sw in any order and association.
  std::optional<Pattern> Match(const Node& mul) {
    if (mul.kind != OpKind::Mul) return std::nullopt;
    std::vector<ValueId> factors = FactorsOf(mul);
    if (factors.size() != 3) return std::nullopt;
    std::ranges::sort(factors);
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
    if (!weights.constant || weights.dtype != DType::s8 || !scales.constant || scales.dtype != DType::f32 ||
        !ScalesFit(*matmul, weights.shape, scales.shape) || !IsS8ZeroOrAbsent(graph_, *matmul) ||
        graph_.value(mul.outputs[0]).shape != graph_.value(matmul->outputs[0]).shape) {
      return std::nullopt;
    }
    return Pattern{matmul->name, matmul, quantize->inputs[0], matmul->inputs[1], factors[2]};
  }

  /// Whether the scales are one number, or one a column of a matrix or an output channel ([O, 1, ...]) of a Conv's W.
  static bool ScalesFit(const Node& product, const SymbolicShape& weights, const SymbolicShape& scales) {
    const auto* conv = std::get_if<ConvAttributes>(&product.attributes);
    if (conv == nullptr) return weights.rank() == 2 && IsRow(scales, weights.dims[1].size);
    const auto is_one = [](const Dim& dim) { return dim == Dim::Known(1); };
    if (conv->group != 1 || weights.rank() < 3) return false;
    if (std::ranges::all_of(scales.dims, is_one)) return scales.rank() <= weights.rank();
    const std::size_t channel_axis = scales.rank() + 1 - weights.rank();  // 0 or 1, else out of range
    return scales.rank() + 1 >= weights.rank() && channel_axis <= 1 && scales.dims[channel_axis] == weights.dims[0] &&
           std::ranges::count_if(scales.dims, is_one) == static_cast<std::ptrdiff_t>(scales.rank()) - 1;
  }

  Rewriter& rewriter_;
  const Graph& graph_;
};

/// Wq · sw, for FP32 execution. The scales go along the axis 0 of a Conv's W, the last of a matrix.
Result<Tensor> Dequantized(const Tensor& weights, const Tensor& scales, bool is_conv, MemoryBudget& budget) {
  if (weights.released()) return MakeError(ErrorCode::internal, "INT8 weights were released before their last use");
  ALICE_ASSIGN_OR_RETURN(Tensor real, Tensor::Zeros(budget, MemoryKind::weights_f32, DType::f32, weights.shape()));
  const std::span<const std::int8_t> from = weights.elements<const std::int8_t>();
  const std::span<const float> scale = scales.elements<const float>();
  const std::span<float> to = real.elements<float>();
  const std::size_t run = is_conv ? to.size() / scale.size() : 1;
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<float>(from[i]) * scale[i / run % scale.size()];
  return real;
}

Status EmitProduct(Rewriter& rewriter, const Pattern& pattern, Node mul) {
  const Graph& graph = rewriter.graph();
  const Attributes attributes = pattern.product->attributes;
  const bool is_conv = pattern.product->kind == OpKind::ConvInteger;
  const Dim columns = graph.value(pattern.weights).shape.dims[is_conv ? 0 : 1];
  QuantizedForm form{.scheme = {}, .weights = pattern.weights, .scales = pattern.scales};
  if (graph.value(pattern.scales).shape.dims != std::vector<Dim>{columns}) {
    ALICE_ASSIGN_OR_RETURN(Tensor row, ExpandedRow(*graph.value(pattern.scales).constant, columns.size, 1.0f,
                                                   rewriter.budget(), MemoryKind::scales));
    form.scales = rewriter.NewConstant(graph.value(pattern.scales).name, std::move(row));
  }
  ALICE_ASSIGN_OR_RETURN(Tensor real, Dequantized(*graph.value(form.weights).constant,
                                                  *graph.value(form.scales).constant, is_conv, rewriter.budget()));
  const bool is_gemm = !is_conv && graph.value(pattern.x).shape.rank() == 2;
  Node product;
  product.kind = is_conv ? OpKind::Conv : is_gemm ? OpKind::Gemm : OpKind::MatMul;
  product.attributes = is_gemm ? Attributes(GemmAttributes{}) : attributes;
  product.name = pattern.name;
  product.inputs = {pattern.x, rewriter.NewConstant(pattern.name + "/dequantized", std::move(real))};
  product.outputs = std::move(mul.outputs);
  product.activation = mul.activation;
  product.quantized = form;
  rewriter.Emit(std::move(product));
  return {};
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
      return EmitProduct(rewriter, *pattern, std::move(node));
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
