// Gemm, and MatMul, of activations [m, k] and constant weights [k, n].
#include <algorithm>
#include <cstring>

#include "backends/cpu/gemm_shape.h"
#include "backends/webgl/quantized_output.h"

namespace alice::webgl {
namespace {

bool HasConstantMatrix(const Graph& graph, const Node& node) {
  const ValueId weights = node.inputs[1];
  const GemmAttributes attributes = GemmAttributesOf(node);
  return graph.IsConstant(weights) && graph.value(weights).shape.rank() == 2 && !attributes.trans_a &&
         !attributes.trans_b;
}

std::size_t Axis(const DrawContext& context, std::size_t axis) { return Index(context.input(1).shape.dims[axis].size); }

// The products are added one by one in the order of k, then the bias.
constexpr std::string_view kFloatGemmBody = R"(
vec4 Outputs(int row, int quad) {
  vec4 y = vec4(0.0);
  int at = row * K;
#ifdef ALIGNED
  for (int k = 0; k < K; k += 4) {
    vec4 x = Floats(values, at + k);
    int texel = k * QUADS + quad;
    y += x.x * intBitsToFloat(Texel(weights, texel));
    y += x.y * intBitsToFloat(Texel(weights, texel + QUADS));
    y += x.z * intBitsToFloat(Texel(weights, texel + 2 * QUADS));
    y += x.w * intBitsToFloat(Texel(weights, texel + 3 * QUADS));
  }
#else
  for (int k = 0; k < K; ++k) y += Float(values, at + k) * intBitsToFloat(Texel(weights, k * QUADS + quad));
#endif
#ifdef BIAS
  y += intBitsToFloat(Texel(weights, K * QUADS + quad));
#endif
  return Activated(y);
}
)";

class FloatGemm final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<FloatGemm>();
    op->k_ = Axis(context, 0);
    op->n_ = Axis(context, 1);
    op->activation_ = context.node().activation;
    ALICE_ASSIGN_OR_RETURN(op->x_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_RETURN_IF_ERROR(op->PackWeights(context));
    const bool has_whole_quads = op->n_ % 4 == 0;
    std::string defines;
    if (context.has_input(2)) defines += "#define BIAS\n";
    if (op->k_ % 4 == 0) defines += "#define ALIGNED\n";
    ALICE_ASSIGN_OR_RETURN(op->program_,
                           context.builder.ProgramOf({.draws = has_whole_quads ? Draws::row_quads : Draws::row_floats,
                                                      .sources = {"values", "weights"},
                                                      .parameters = {"K", "N", "QUADS"},
                                                      .body = kFloatGemmBody,
                                                      .activation = op->activation_,
                                                      .defines = defines}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const std::size_t rows = GemmShapeOf(binding.inputs[0], binding.inputs[1], {}).m;
    draws.Add(program_, y_, {x_, weights_},
              ParametersOf(rows * n_, {AxisSize(k_), AxisSize(n_), AxisSize(Quads())}, activation_));
  }

 private:
  [[nodiscard]] std::size_t Quads() const { return (n_ + 3) / 4; }

  /// Rows filled up to whole quads, then the bias as another one.
  Status PackWeights(const DrawContext& context) {
    const std::size_t row_bytes = Quads() * kTexelBytes;
    ALICE_ASSIGN_OR_RETURN(const SegmentBuilder::Constant packed, context.builder.AddConstant((k_ + 1) * row_bytes));
    weights_ = packed.slot;
    std::byte* to = packed.bytes.data();
    const float* from = context.constant_f32(1);
    for (std::size_t row = 0; row < k_; ++row, from += n_, to += row_bytes) std::memcpy(to, from, n_ * sizeof(float));
    if (const float* bias = context.constant_f32(2); bias != nullptr) std::memcpy(to, bias, n_ * sizeof(float));
    return {};
  }

  std::size_t k_ = 0, n_ = 0;
  Activation activation_;
  Slot x_ = kNoSlot, y_ = kNoSlot, weights_ = kNoSlot;
  const Program* program_ = nullptr;
};

constexpr std::string_view kGemmSumsBody = R"(
// The codes of up to four elements from i on; 0 where there are fewer.
ivec4 FourCodes(int i, int count) {
  ivec4 found = ivec4(Code(codes, i), 0, 0, 0);
  if (count > 1) found.y = Code(codes, i + 1);
  if (count > 2) found.z = Code(codes, i + 2);
  if (count > 3) found.w = Code(codes, i + 3);
  return found;
}
ivec4 Products(ivec4 a, ivec4 b) {
  return a.x * (b << 24 >> 24) + a.y * (b << 16 >> 24) + a.z * (b << 8 >> 24) + a.w * (b >> 24);
}
ivec4 Sums(int row, int quad, int group, out ivec4 row_sums) {
  int first = group * GROUP_ROWS;
  int count = min(GROUP_ROWS, K - first);
  int at = row * K + first;
  int texel = group * ((GROUP_ROWS + 3) >> 2) * QUADS + quad;
  ivec4 sum = ivec4(0);
  row_sums = ivec4(0);
  int k = 0;
#if ALIGNED == 16
  for (; k < count; k += 16) {
    ivec4 words = Texel(codes, (at + k) >> 4);
    ivec4 a = CodesIn(words.x);
    ivec4 b = CodesIn(words.y);
    ivec4 c = CodesIn(words.z);
    ivec4 d = CodesIn(words.w);
    sum += Products(a, Texel(weights, texel)) + Products(b, Texel(weights, texel + QUADS)) +
           Products(c, Texel(weights, texel + 2 * QUADS)) + Products(d, Texel(weights, texel + 3 * QUADS));
#ifdef ASYMMETRIC
    a += b + c + d;
    row_sums += a.x + a.y + a.z + a.w;
#endif
    texel += 4 * QUADS;
  }
#endif
  for (; k < count; k += 4) {
#if ALIGNED == 4
    ivec4 a = Codes(codes, at + k);
#else
    ivec4 a = FourCodes(at + k, count - k);
#endif
    sum += Products(a, Texel(weights, texel));
#ifdef ASYMMETRIC
    row_sums += a.x + a.y + a.z + a.w;
#endif
    texel += QUADS;
  }
  return sum;
}
)";

class QuantizedGemm final : public DrawnOp {
 public:
  QuantizedGemm(const DrawContext& context, QuantizedInput input, QuantizedOutput output)
      : node_(context.at.index),
        scheme_(context.node().quantized->scheme.activations),
        batched_(!context.input(0).shape.dims.empty() && !context.input(0).shape.dims[0].known()),
        input_(input),
        output_(std::move(output)) {}

  static CompiledDraws Create(const DrawContext& context) {
    const std::size_t k = Axis(context, 0);
    ALICE_ASSIGN_OR_RETURN(const QuantizedInput input, QuantizedInput::Create(context));
    ALICE_ASSIGN_OR_RETURN(IntegerWeights weights, IntegerWeights::Create(context, k, Axis(context, 1)));
    const std::size_t both = k | weights.group_rows();
    ALICE_ASSIGN_OR_RETURN(QuantizedOutput output,
                           QuantizedOutput::Create(context, std::move(weights),
                                                   {.body = kGemmSumsBody,
                                                    .parameters = {"K", "GROUP_ROWS"},
                                                    .defines = Define("ALIGNED", both % 16 == 0  ? 16
                                                                                 : both % 4 == 0 ? 4
                                                                                                 : 1)}));
    return std::unique_ptr<DrawnOp>(std::make_unique<QuantizedGemm>(context, input, std::move(output)));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const std::size_t rows = GemmShapeOf(binding.inputs[0], binding.inputs[1], {}).m;
    const std::size_t k = output_.weights().k();
    const auto samples = batched_ ? Index(binding.samples) : 1;
    std::size_t group_rows = std::max<std::size_t>(rows / samples, 1);
    if (scheme_.granularity == ActivationGranularity::per_token) group_rows = 1;
    if (scheme_.strategy == Strategy::fixed) group_rows = std::max<std::size_t>(rows, 1);
    output_.Emit({.codes = input_.Emit(rows * k, group_rows * k, draws),
                  .rows = rows,
                  .rows_per_range = group_rows,
                  .geometry = {AxisSize(k), AxisSize(output_.weights().group_rows())}},
                 node_, draws);
  }

 private:
  std::size_t node_;
  ActivationScheme scheme_;
  bool batched_;  ///< the leading axis counts samples
  QuantizedInput input_;
  QuantizedOutput output_;
};

bool CanDrawFloatGemm(const Graph& graph, const SegmentNode& at) {
  return IsFloat(graph, *at.node) && HasConstantMatrix(graph, *at.node) &&
         !graph.value(at.node->inputs[1]).constant->released();
}

bool CanDrawQuantizedGemm(const Graph& graph, const SegmentNode& at) {
  return HasConstantMatrix(graph, *at.node) && !IsFp8(at.node->quantized->scheme.weights.type) &&
         !graph.value(at.node->quantized->weights).constant->released();
}

}  // namespace

const DrawnFamily kFloatGemm{CanDrawFloatGemm, FloatGemm::Create};
const DrawnFamily kQuantizedGemm{CanDrawQuantizedGemm, QuantizedGemm::Create};

}  // namespace alice::webgl
