#include <algorithm>
#include <cmath>

#include "passes/passes.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

/// y = x · Scale(c) + Shift(c) on channel c.
class ChannelTransform {
 public:
  ChannelTransform(const Graph& graph, const Node& norm)
      : scale_(Floats(graph, norm.inputs[1])),
        bias_(Floats(graph, norm.inputs[2])),
        mean_(Floats(graph, norm.inputs[3])),
        variance_(Floats(graph, norm.inputs[4])),
        epsilon_(static_cast<double>(std::get<BatchNormalizationAttributes>(norm.attributes).epsilon)) {}

  [[nodiscard]] std::size_t channels() const { return scale_.size(); }
  [[nodiscard]] double Scale(std::size_t c) const {
    return static_cast<double>(scale_[c]) / std::sqrt(static_cast<double>(variance_[c]) + epsilon_);
  }
  [[nodiscard]] double Shift(std::size_t c) const {
    return static_cast<double>(bias_[c]) - static_cast<double>(mean_[c]) * Scale(c);
  }

 private:
  static std::span<const float> Floats(const Graph& graph, ValueId id) {
    return graph.value(id).constant->elements<const float>();
  }

  std::span<const float> scale_, bias_, mean_, variance_;
  double epsilon_;
};

bool HasConstants(const Graph& graph, const Node& norm) {
  return std::all_of(norm.inputs.begin() + 1, norm.inputs.end(),
                     [&](ValueId id) { return graph.IsConstant(id) && !graph.value(id).constant->released(); });
}

/// A Conv as ONNX has it, or the canonical Gemm.
bool IsCanonical(const Node& node) {
  if (const auto* conv = std::get_if<ConvAttributes>(&node.attributes)) return !conv->channels_last;
  const auto* gemm = std::get_if<GemmAttributes>(&node.attributes);
  return gemm != nullptr && gemm->alpha == 1.0f && gemm->beta == 1.0f && !gemm->trans_b;
}

bool CanAbsorb(const Graph& graph, const Node& node) {
  if (node.quantized || node.activation.kind != ActivationKind::none) return false;
  const bool has_c = node.inputs.size() > 2;
  return IsCanonical(node) && graph.IsConstant(node.inputs[1]) &&
         (!has_c || (graph.IsConstant(node.inputs[2]) && graph.value(node.inputs[2]).shape.rank() == 1));
}

/// (A · B + C) · s + t = A · (B · s) + (C · s + t). The output channels are the columns of a Gemm's B, the leading axis
/// of a Conv's W.
Status Absorb(Rewriter& rewriter, const ChannelTransform& transform, Node& gemm) {
  const std::size_t columns = transform.channels();
  ALICE_ASSIGN_OR_RETURN(const std::span<float> weights, rewriter.MutableFloats(gemm, 1));
  const std::size_t channel_size = weights.size() / columns;
  const bool leading = gemm.kind == OpKind::Conv;
  for (std::size_t c = 0; c < columns; ++c) {
    const double scale = transform.Scale(c);
    for (std::size_t i = 0; i < channel_size; ++i) {
      float& weight = weights[leading ? c * channel_size + i : i * columns + c];
      weight = static_cast<float>(static_cast<double>(weight) * scale);
    }
  }
  if (gemm.inputs.size() < 3) {
    ALICE_ASSIGN_OR_RETURN(Tensor zeros, Tensor::Zeros(rewriter.budget(), MemoryKind::weights_f32, DType::f32,
                                                       Shape{static_cast<std::int64_t>(columns)}));
    gemm.inputs.push_back(rewriter.NewConstant(gemm.name + "/bias", std::move(zeros)));
  }
  ALICE_ASSIGN_OR_RETURN(const std::span<float> bias, rewriter.MutableFloats(gemm, 2));
  for (std::size_t c = 0; c < columns; ++c) {
    bias[c] = static_cast<float>(static_cast<double>(bias[c]) * transform.Scale(c) + transform.Shift(c));
  }
  return {};
}

Result<Tensor> NewChannelConstant(MemoryBudget& budget, std::size_t channels, std::size_t rank) {
  Shape shape{static_cast<std::int64_t>(channels)};
  while (shape.rank() + 1 < rank) shape.Append(1);
  return Tensor::Zeros(budget, MemoryKind::weights_f32, DType::f32, shape);
}

Status EmitMulAdd(Rewriter& rewriter, const ChannelTransform& transform, Node norm) {
  const ValueId x = norm.inputs[0];
  const SymbolicShape shape = rewriter.graph().value(x).shape;
  ALICE_ASSIGN_OR_RETURN(Tensor scale, NewChannelConstant(rewriter.budget(), transform.channels(), shape.rank()));
  ALICE_ASSIGN_OR_RETURN(Tensor shift, NewChannelConstant(rewriter.budget(), transform.channels(), shape.rank()));
  for (std::size_t c = 0; c < transform.channels(); ++c) {
    scale.elements<float>()[c] = static_cast<float>(transform.Scale(c));
    shift.elements<float>()[c] = static_cast<float>(transform.Shift(c));
  }
  const ValueId scale_id = rewriter.NewConstant(norm.name + "/scale", std::move(scale));
  const ValueId scaled = rewriter.EmitNew(OpKind::Mul, norm.name + "/scaled", {x, scale_id}, {}, DType::f32, shape);
  norm.kind = OpKind::Add;
  norm.inputs = {scaled, rewriter.NewConstant(norm.name + "/shift", std::move(shift))};
  norm.attributes = {};
  rewriter.Emit(std::move(norm));
  return {};
}

}  // namespace

Status FoldBatchNorm(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    if (node.kind != OpKind::BatchNormalization || !HasConstants(graph, node)) {
      rewriter.Emit(std::move(node));
      return {};
    }
    const ChannelTransform transform(graph, node);
    Node* before = rewriter.FusibleProducerOf(node.inputs[0]);
    if (before == nullptr || !CanAbsorb(graph, *before)) return EmitMulAdd(rewriter, transform, std::move(node));
    return rewriter.ChangeEmitted(*before, [&](Node& gemm) -> Status {
      ALICE_RETURN_IF_ERROR(Absorb(rewriter, transform, gemm));
      gemm.activation = node.activation;
      gemm.outputs = node.outputs;
      return {};
    });
  });
}

}  // namespace alice
