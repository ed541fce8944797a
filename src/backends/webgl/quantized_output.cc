#include "backends/webgl/quantized_output.h"

#include <algorithm>
#include <utility>

namespace alice::webgl {
namespace {

// Of columns four texels a quad (integer_weights.h), of grid one a range (quantized_input.h).
constexpr std::string_view kFloatsOfSums = R"(
vec4 Outputs(int row, int quad) {
  ivec4 range = Texel(grid, row / ROWS);
  float scale = intBitsToFloat(range.x);
  vec4 y = vec4(0.0);
  ivec4 bias;
  for (int group = 0; group < GROUPS; ++group) {
    ivec4 row_sums;
    ivec4 sum = Sums(row, quad, group, row_sums);
    int column = (group * QUADS + quad) << 2;
    sum -= range.y * Texel(columns, column + 1);
#ifdef ASYMMETRIC
    sum -= row_sums * Texel(columns, column + 2);
#endif
    vec4 product = vec4(sum) * (scale * intBitsToFloat(Texel(columns, column)));
    y = group == 0 ? product : product + y;
    bias = Texel(columns, column + 3);
  }
#ifdef BIAS
  y += intBitsToFloat(bias);
#endif
  return Activated(y);
}
)";

constexpr std::string_view kCodesOfSums = R"(
ivec4 Outputs(int row, int quad) {
  ivec4 row_sums;
  ivec4 sum = Sums(row, quad, 0, row_sums);
  int column = quad << 2;
  sum += Texel(columns, column + 1);
#ifdef ASYMMETRIC
  sum -= row_sums * Texel(columns, column + 2);
#endif
  vec4 y = vec4(sum) * intBitsToFloat(Texel(columns, column));
  int low = LOWEST - ZERO;
  int high = HIGHEST - ZERO;
  return ivec4(RoundClamp(y.x, low, high), RoundClamp(y.y, low, high), RoundClamp(y.z, low, high),
               RoundClamp(y.w, low, high)) + ZERO;
}
#ifdef WHOLE_QUADS
ivec4 Quad(int i) {
  int row = i / QUADS;
  return Outputs(row, i - row * QUADS);
}
#endif
)";

// Depthwise weights lose their zero points before they are multiplied (kernels/depthwise_u8s8s32).
constexpr std::string_view kTracedSums = R"(
ivec4 TexelOf(int i) {
  int row = i / QUADS;
  int quad = i - row * QUADS;
  ivec4 row_sums;
  ivec4 sum = Sums(row, quad, 0, row_sums);
#if defined(DEPTHWISE) && defined(ASYMMETRIC)
  sum -= row_sums * Texel(columns, (quad << 2) + 2);
#endif
  return sum;
}
)";

/// Those before the parameters of the sums.
constexpr std::size_t kOwnParameters = 6;

}  // namespace

Result<QuantizedOutput> QuantizedOutput::Create(const DrawContext& context, IntegerWeights weights,
                                                const SumsText& sums) {
  QuantizedOutput output(std::move(weights));
  const IntegerWeights& made = output.weights_;
  const Connection& connection = context.at.connection;
  ALICE_ASSIGN_OR_RETURN(output.y_, context.OutputSlot());
  output.activation_ = context.node().activation;
  const bool has_whole_quads = made.n() % 4 == 0;

  std::string defines = sums.defines + Define("GROUPS", static_cast<std::int64_t>(made.groups()));
  if (made.is_asymmetric()) defines += "#define ASYMMETRIC\n";
  if (made.has_bias()) defines += "#define BIAS\n";
  if (has_whole_quads) defines += "#define WHOLE_QUADS\n";
  std::vector<std::string_view> parameters{"N", "QUADS", "ROWS", "ZERO", "LOWEST", "HIGHEST"};
  parameters.insert(parameters.end(), sums.parameters.begin(), sums.parameters.end());
  const auto program = [&](Draws draws, std::string_view body, const Activation& activation) {
    return context.builder.ProgramOf({.draws = draws,
                                      .sources = {"codes", "weights", "columns", "grid"},
                                      .parameters = parameters,
                                      .body = body,
                                      .activation = activation,
                                      .functions = {kQuantizeFunctions, sums.body},
                                      .defines = defines});
  };
  if (made.requantizes()) {
    ALICE_ASSIGN_OR_RETURN(output.product_,
                           program(has_whole_quads ? Draws::code_quads : Draws::row_codes, kCodesOfSums, Activation{}));
  } else {
    ALICE_ASSIGN_OR_RETURN(output.product_, program(has_whole_quads ? Draws::row_quads : Draws::row_floats,
                                                    kFloatsOfSums, output.activation_));
    if (connection.output) {
      ALICE_ASSIGN_OR_RETURN(Encoder encoder, Encoder::Create(context, *connection.output));
      output.encoder_ = encoder;
    }
  }
  if (made.groups() == 1) {
    ALICE_ASSIGN_OR_RETURN(output.sums_, program(Draws::texels, kTracedSums, Activation{}));
  }
  return output;
}

Parameters QuantizedOutput::ParametersFor(std::size_t count, const Product& product) const {
  std::array<std::int64_t, kOwnParameters + kGeometry> parameters{AxisSize(weights_.n()),
                                                                  AxisSize(weights_.quads()),
                                                                  AxisSize(product.rows_per_range),
                                                                  weights_.zero_point(),
                                                                  weights_.low(),
                                                                  weights_.high()};
  std::ranges::copy(product.geometry, parameters.begin() + kOwnParameters);
  return ParametersOf(count, parameters, activation_);
}

void QuantizedOutput::Emit(const Product& product, std::size_t node, DrawList& draws) const {
  const std::size_t elements = product.rows * weights_.n();
  const Slot target = encoder_ ? draws.Temporary(elements * sizeof(float)) : y_;
  draws.Add(product_, target, {product.codes.codes, weights_.codes(), weights_.columns(), product.codes.grid},
            ParametersFor(elements, product));
  if (sums_ != nullptr) {
    ProductTrace trace{.node = node,
                       .m = product.rows,
                       .n = weights_.n(),
                       .k = weights_.k(),
                       .codes = product.rows_are_codes ? product.codes.codes : kNoSlot,
                       .grid = product.codes.grid,
                       .rows_per_group = product.rows_per_range,
                       .column_sums = weights_.column_sums()};
    trace.sums = draws.draws().back();
    trace.sums.program = sums_;
    trace.sums.parameters = ParametersFor(product.rows * weights_.quads(), product);
    draws.Trace(trace);
  }
  if (encoder_) encoder_->Emit(target, y_, elements, draws);
}

}  // namespace alice::webgl
