// Conv, channels-last: each output pixel is a row of a product, whose factors lie under its window.
#include <algorithm>
#include <cstring>

#include "backends/cpu/conv_geometry.h"
#include "backends/webgl/quantized_output.h"

namespace alice::webgl {
namespace {

const ConvAttributes& AttributesOf(const Node& node) { return std::get<ConvAttributes>(node.attributes); }

/// Whether every channel has one filter of its own.
bool IsDepthwise(const Graph& graph, const Node& node) {
  const std::int64_t groups = AttributesOf(node).group;
  return groups > 1 && graph.value(node.inputs[0]).shape.dims.back() == Dim::Known(groups) &&
         graph.value(node.inputs[1]).shape.dims[1] == Dim::Known(groups);
}

bool HasForm(const Graph& graph, const Node& node) {
  const ConvAttributes& conv = AttributesOf(node);
  return conv.channels_last && graph.IsConstant(node.inputs[1]) && (conv.group == 1 || IsDepthwise(graph, node));
}

/// ALIGNED: of what all channels of a pixel are a multiple.
std::string DefineAlignment(const DrawContext& context) {
  const std::int64_t channels = context.input(0).shape.dims.back().size;
  return Define("ALIGNED", channels % 16 == 0 ? 16 : channels % 4 == 0 ? 4 : 1);
}

/// The parameters of kWindowFunctions.
constexpr std::array<std::string_view, 12> kWindowNames{"HEIGHT",     "WIDTH",      "CHANNELS", "KERNEL_WIDTH",
                                                        "OUT_WIDTH",  "OUT_PIXELS", "STRIDE_Y", "STRIDE_X",
                                                        "DILATION_Y", "DILATION_X", "PAD_TOP",  "PAD_LEFT"};

std::array<std::int64_t, kWindowNames.size()> WindowParameters(const ConvGeometry& geometry) {
  const WindowAxis& rows = geometry.window.rows;
  const WindowAxis& columns = geometry.window.columns;
  return {rows.size,        columns.size,    AxisSize(geometry.channels),
          columns.kernel,   columns.outputs, AxisSize(geometry.outputs),
          rows.stride,      columns.stride,  rows.dilation,
          columns.dilation, rows.pad_begin,  columns.pad_begin};
}

constexpr std::string_view kWindowFunctions = R"(
// Quotients of integers are slow: one by one the positions of the kernel take none.
int window_row, window_y, window_x, kernel_x;
// To the first position of the window of an output pixel, all samples' counted.
void MoveWindow(int row) {
  int picture = row / OUT_PIXELS;
  int pixel = row - picture * OUT_PIXELS;
  int line = pixel / OUT_WIDTH;
  window_row = picture * HEIGHT;
  window_y = line * STRIDE_Y - PAD_TOP;
  window_x = (pixel - line * OUT_WIDTH) * STRIDE_X - PAD_LEFT;
  kernel_x = 0;
}
// Where the channels under a position of the kernel begin, −1 in the padding; moves to the next position.
int NextChannels() {
  bool is_inside = window_y >= 0 && window_y < HEIGHT && window_x >= 0 && window_x < WIDTH;
  int at = is_inside ? ((window_row + window_y) * WIDTH + window_x) * CHANNELS : -1;
  window_x += DILATION_X;
  if (++kernel_x == KERNEL_WIDTH) {
    window_x -= KERNEL_WIDTH * DILATION_X;
    window_y += DILATION_Y;
    kernel_x = 0;
  }
  return at;
}
)";

constexpr std::string_view kFloatConvBody = R"(
vec4 Outputs(int row, int quad) {
  vec4 y = vec4(0.0);
  MoveWindow(row);
  for (int position = 0; position < POSITIONS; ++position) {
    int at = NextChannels();
    if (at < 0) continue;
#ifdef DEPTHWISE
    int first = at + (quad << 2);
    int last = at + CHANNELS - 1;
#if ALIGNED >= 4
    vec4 channels = Floats(values, first);
#else
    vec4 channels = vec4(Float(values, first), Float(values, min(first + 1, last)), Float(values, min(first + 2, last)),
                         Float(values, min(first + 3, last)));
#endif
    y += channels * intBitsToFloat(Texel(weights, position * QUADS + quad));
#else
    int texel = position * CHANNELS * QUADS + quad;
#if ALIGNED >= 4
    for (int c = 0; c < CHANNELS; c += 4) {
      vec4 x = Floats(values, at + c);
      y += x.x * intBitsToFloat(Texel(weights, texel));
      y += x.y * intBitsToFloat(Texel(weights, texel + QUADS));
      y += x.z * intBitsToFloat(Texel(weights, texel + 2 * QUADS));
      y += x.w * intBitsToFloat(Texel(weights, texel + 3 * QUADS));
      texel += 4 * QUADS;
    }
#else
    for (int c = 0; c < CHANNELS; ++c) {
      y += Float(values, at + c) * intBitsToFloat(Texel(weights, texel));
      texel += QUADS;
    }
#endif
#endif
  }
#ifdef BIAS
  y += intBitsToFloat(Texel(weights, ROWS * QUADS + quad));
#endif
  return Activated(y);
}
)";

class FloatConv final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<FloatConv>();
    op->attributes_ = AttributesOf(context.node());
    op->activation_ = context.node().activation;
    const SymbolicShape& weights = context.input(1).shape;
    op->rows_ = Index(weights.dims[0].size);
    op->n_ = Index(weights.dims[1].size);
    ALICE_ASSIGN_OR_RETURN(op->x_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_RETURN_IF_ERROR(op->PackWeights(context));
    const bool has_whole_quads = op->n_ % 4 == 0;
    std::string defines = DefineAlignment(context);
    if (context.has_input(2)) defines += "#define BIAS\n";
    if (op->attributes_.group > 1) defines += "#define DEPTHWISE\n";
    std::vector<std::string_view> parameters{"N", "QUADS", "ROWS", "POSITIONS"};
    parameters.insert(parameters.end(), kWindowNames.begin(), kWindowNames.end());
    ALICE_ASSIGN_OR_RETURN(op->program_,
                           context.builder.ProgramOf({.draws = has_whole_quads ? Draws::row_quads : Draws::row_floats,
                                                      .sources = {"values", "weights"},
                                                      .parameters = parameters,
                                                      .body = kFloatConvBody,
                                                      .activation = op->activation_,
                                                      .functions = {kWindowFunctions},
                                                      .defines = defines}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const auto geometry = ConvGeometry::Of(attributes_, binding.inputs[0], binding.inputs[1]);
    ALICE_CHECK(geometry.ok());
    std::array<std::int64_t, 4 + kWindowNames.size()> parameters{AxisSize(n_), AxisSize(Quads()), AxisSize(rows_),
                                                                 geometry->window.elements()};
    std::ranges::copy(WindowParameters(*geometry), parameters.begin() + 4);
    draws.Add(program_, y_, {x_, weights_},
              ParametersOf(geometry->samples * geometry->outputs * n_, parameters, activation_));
  }

 private:
  [[nodiscard]] std::size_t Quads() const { return (n_ + 3) / 4; }

  /// Rows filled up to whole quads, then the bias as another one.
  Status PackWeights(const DrawContext& context) {
    const std::size_t row_bytes = Quads() * kTexelBytes;
    ALICE_ASSIGN_OR_RETURN(const SegmentBuilder::Constant packed, context.builder.AddConstant((rows_ + 1) * row_bytes));
    weights_ = packed.slot;
    std::byte* to = packed.bytes.data();
    const float* from = context.constant_f32(1);
    for (std::size_t row = 0; row < rows_; ++row, from += n_, to += row_bytes)
      std::memcpy(to, from, n_ * sizeof(float));
    if (const float* bias = context.constant_f32(2); bias != nullptr) std::memcpy(to, bias, n_ * sizeof(float));
    return {};
  }

  ConvAttributes attributes_;
  Activation activation_;
  std::size_t rows_ = 0, n_ = 0;
  Slot x_ = kNoSlot, y_ = kNoSlot, weights_ = kNoSlot;
  const Program* program_ = nullptr;
};

// Padding is the code of 0.
constexpr std::string_view kConvSumsBody = R"(
ivec4 Products(ivec4 a, ivec4 b) {
  return a.x * (b << 24 >> 24) + a.y * (b << 16 >> 24) + a.z * (b << 8 >> 24) + a.w * (b >> 24);
}
#ifdef DEPTHWISE
ivec4 NextCodes(int quad, int padding) {
  int at = NextChannels();
  if (at < 0) return ivec4(padding);
  int first = at + (quad << 2);
#if ALIGNED >= 4
  return Codes(codes, first);
#else
  int last = at + CHANNELS - 1;
  return ivec4(Code(codes, first), Code(codes, min(first + 1, last)), Code(codes, min(first + 2, last)),
               Code(codes, min(first + 3, last)));
#endif
}
#elif ALIGNED == 1
int code_channel, code_at;
// The code of the next channel under the window, 0 behind the last one.
int NextCode(int k, int padding) {
  if (k >= K) return 0;
  int code = code_at < 0 ? padding : Code(codes, code_at + code_channel);
  if (++code_channel == CHANNELS) {
    code_channel = 0;
    code_at = NextChannels();
  }
  return code;
}
#endif
ivec4 Sums(int row, int quad, int group, out ivec4 row_sums) {
  int padding = Texel(grid, row / ROWS).y;
  int texel = quad;
  ivec4 sum = ivec4(0);
  row_sums = ivec4(0);
  MoveWindow(row);
#ifdef DEPTHWISE
  for (int first = 0; first < K; first += 4) {
    ivec4 b = Texel(weights, texel);
    for (int position = first; position < min(first + 4, K); ++position) {
      ivec4 a = NextCodes(quad, padding);
      sum += a * (b << ((3 - (position & 3)) << 3) >> 24);
#ifdef ASYMMETRIC
      row_sums += a;
#endif
    }
    texel += QUADS;
  }
#elif ALIGNED == 1
  code_channel = 0;
  code_at = NextChannels();
  for (int k = 0; k < K; k += 4) {
    ivec4 a;
    a.x = NextCode(k, padding);
    a.y = NextCode(k + 1, padding);
    a.z = NextCode(k + 2, padding);
    a.w = NextCode(k + 3, padding);
    sum += Products(a, Texel(weights, texel));
#ifdef ASYMMETRIC
    row_sums += a.x + a.y + a.z + a.w;
#endif
    texel += QUADS;
  }
#else
  int positions = K / CHANNELS;
  for (int position = 0; position < positions; ++position) {
    int at = NextChannels();
    for (int channel = 0; channel < CHANNELS; channel += ALIGNED) {
#if ALIGNED == 16
      ivec4 words = at < 0 ? ivec4(padding * 0x01010101) : Texel(codes, (at + channel) >> 4);
      ivec4 a = CodesIn(words.x);
      ivec4 b = CodesIn(words.y);
      ivec4 c = CodesIn(words.z);
      ivec4 d = CodesIn(words.w);
      sum += Products(a, Texel(weights, texel)) + Products(b, Texel(weights, texel + QUADS)) +
             Products(c, Texel(weights, texel + 2 * QUADS)) + Products(d, Texel(weights, texel + 3 * QUADS));
#ifdef ASYMMETRIC
      a += b + c + d;
#endif
      texel += 4 * QUADS;
#else
      ivec4 a = at < 0 ? ivec4(padding) : Codes(codes, at + channel);
      sum += Products(a, Texel(weights, texel));
      texel += QUADS;
#endif
#ifdef ASYMMETRIC
      row_sums += a.x + a.y + a.z + a.w;
#endif
    }
  }
#endif
  return sum;
}
)";

class QuantizedConv final : public DrawnOp {
 public:
  QuantizedConv(const DrawContext& context, QuantizedInput input, QuantizedOutput output)
      : node_(context.at.index), attributes_(AttributesOf(context.node())), input_(input), output_(std::move(output)) {}

  static CompiledDraws Create(const DrawContext& context) {
    const SymbolicShape& shape = context.input(1).shape;
    ALICE_ASSIGN_OR_RETURN(const QuantizedInput input, QuantizedInput::Create(context));
    ALICE_ASSIGN_OR_RETURN(IntegerWeights weights,
                           IntegerWeights::Create(context, Index(shape.dims[0].size), Index(shape.dims[1].size)));
    std::string defines = DefineAlignment(context);
    if (AttributesOf(context.node()).group > 1) defines += "#define DEPTHWISE\n";
    const std::string body = std::string(kWindowFunctions) + std::string(kConvSumsBody);
    SumsText sums{.body = body, .parameters = {"K"}, .defines = defines};
    sums.parameters.insert(sums.parameters.end(), kWindowNames.begin(), kWindowNames.end());
    ALICE_ASSIGN_OR_RETURN(QuantizedOutput output, QuantizedOutput::Create(context, std::move(weights), sums));
    return std::unique_ptr<DrawnOp>(std::make_unique<QuantizedConv>(context, input, std::move(output)));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const auto geometry = ConvGeometry::Of(attributes_, binding.inputs[0], binding.inputs[1]);
    ALICE_CHECK(geometry.ok());
    const std::size_t sample_elements = geometry->pixels * geometry->channels;
    const std::size_t rows = geometry->samples * geometry->outputs;
    const bool is_static = output_.weights().is_static();
    QuantizedOutput::Product product{.codes = input_.Emit(geometry->samples * sample_elements, sample_elements, draws),
                                     .rows = rows,
                                     .rows_per_range = std::max<std::size_t>(is_static ? rows : geometry->outputs, 1),
                                     .rows_are_codes = false,
                                     .geometry = {AxisSize(output_.weights().k())}};
    std::ranges::copy(WindowParameters(*geometry), product.geometry.begin() + 1);
    output_.Emit(product, node_, draws);
  }

 private:
  std::size_t node_;
  ConvAttributes attributes_;
  QuantizedInput input_;
  QuantizedOutput output_;
};

bool CanDrawFloatConv(const Graph& graph, const SegmentNode& at) {
  return IsFloat(graph, *at.node) && HasForm(graph, *at.node) && !graph.value(at.node->inputs[1]).constant->released();
}

bool CanDrawQuantizedConv(const Graph& graph, const SegmentNode& at) {
  const Scheme& scheme = at.node->quantized->scheme;
  return HasForm(graph, *at.node) && !IsFp8(scheme.weights.type) &&
         scheme.activations.granularity == ActivationGranularity::per_tensor &&
         scheme.weights.granularity != Granularity::per_group &&
         !graph.value(at.node->quantized->weights).constant->released();
}

}  // namespace

const DrawnFamily kFloatConv{CanDrawFloatConv, FloatConv::Create};
const DrawnFamily kQuantizedConv{CanDrawQuantizedConv, QuantizedConv::Create};

}  // namespace alice::webgl
