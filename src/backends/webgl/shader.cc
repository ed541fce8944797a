#include "backends/webgl/shader.h"

#include <algorithm>

#include "base/check.h"

namespace alice::webgl {
namespace {

/// What every shader begins with. Textures are texture.h's: word w is component w % 4 of texel w / 4.
constexpr std::string_view kPrelude = R"(#version 300 es
precision highp float;
precision highp int;
precision highp isampler2D;
out ivec4 drawn;
#define COUNT p[0]
#define Real(name) intBitsToFloat(name)
ivec4 Texel(isampler2D t, int i) { return texelFetch(t, ivec2(i & 2047, i >> 11), 0); }
int Word(isampler2D t, int i) { return Texel(t, i >> 2)[i & 3]; }
float Float(isampler2D t, int i) { return intBitsToFloat(Word(t, i)); }
vec4 Floats(isampler2D t, int i) { return intBitsToFloat(Texel(t, i >> 2)); }
int Code(isampler2D t, int i) { return Word(t, i >> 2) >> ((i & 3) << 3) & 255; }
ivec4 CodesIn(int word) { return ivec4(word, word >> 8, word >> 16, word >> 24) & 255; }
ivec4 Codes(isampler2D t, int i) { return CodesIn(Word(t, i >> 2)); }
int WordOf(ivec4 codes) { return codes.x | codes.y << 8 | codes.z << 16 | codes.w << 24; }
float Clamped(float x, float low, float high) {
  x = x < low ? low : x;
  return high < x ? high : x;
}
)";
static_assert(2047 + 1 == 1 << 11);

// Loops, not four times the same: Element may be long, and have loops of its own, over which compilers take their time.
constexpr std::string_view kMainOfFloats = R"(
void main() {
  int first = (int(gl_FragCoord.y) << 11 | int(gl_FragCoord.x)) << 2;
  ivec4 y = ivec4(0);
  for (int lane = 0; lane < 4; ++lane) {
    if (first + lane < COUNT) y[lane] = floatBitsToInt(Element(first + lane));
  }
  drawn = y;
}
)";

constexpr std::string_view kMainOfCodes = R"(
void main() {
  int first = (int(gl_FragCoord.y) << 11 | int(gl_FragCoord.x)) << 4;
  ivec4 y = ivec4(0);
  for (int i = 0; i < 16; ++i) {
    if (first + i < COUNT) y[i >> 2] |= Element(first + i) << ((i & 3) << 3);
  }
  drawn = y;
}
)";

constexpr std::string_view kMainOfCodeQuads = R"(
void main() {
  int first = (int(gl_FragCoord.y) << 11 | int(gl_FragCoord.x)) << 2;
  ivec4 y = ivec4(0);
  for (int word = 0; word < 4; ++word) {
    if (first + word << 2 < COUNT) y[word] = WordOf(Quad(first + word));
  }
  drawn = y;
}
)";

constexpr std::string_view kMainOfQuads = R"(
void main() {
  int quad = int(gl_FragCoord.y) << 11 | int(gl_FragCoord.x);
  drawn = quad << 2 < COUNT ? floatBitsToInt(Quad(quad)) : ivec4(0);
}
)";

constexpr std::string_view kMainOfTexels = R"(
void main() {
  int i = int(gl_FragCoord.y) << 11 | int(gl_FragCoord.x);
  drawn = i < COUNT ? TexelOf(i) : ivec4(0);
}
)";

// Of rows whose columns Outputs gives four at a time; OUTPUT is one, OUTPUTS are four. Neighbours are mostly of one quad.
constexpr std::string_view kElementOfRow = R"(
OUTPUTS quad_outputs;
int quad_found = -1;
OUTPUT Element(int i) {
  int row = i / N;
  int column = i - row * N;
  int quad = row * QUADS + (column >> 2);
  if (quad != quad_found) {
    quad_outputs = Outputs(row, column >> 2);
    quad_found = quad;
  }
  return quad_outputs[column & 3];
}
)";

constexpr std::string_view kQuadOfRow = R"(
vec4 Quad(int i) {
  int row = i / QUADS;
  return Outputs(row, i - row * QUADS);
}
)";

std::string DefineText(std::string_view name, std::string_view text) {
  return "#define " + std::string(name) + " " + std::string(text) + "\n";
}

std::string ElementOfRow(std::string_view output, std::string_view outputs) {
  return DefineText("OUTPUT", output) + DefineText("OUTPUTS", outputs) + std::string(kElementOfRow);
}

std::string MainOf(Draws draws) {
  switch (draws) {
    case Draws::floats:
      return std::string(kMainOfFloats);
    case Draws::codes:
      return std::string(kMainOfCodes);
    case Draws::code_quads:
      return std::string(kMainOfCodeQuads);
    case Draws::quads:
      return std::string(kMainOfQuads);
    case Draws::texels:
      return std::string(kMainOfTexels);
    case Draws::row_floats:
      return ElementOfRow("float", "vec4") + std::string(kMainOfFloats);
    case Draws::row_codes:
      return ElementOfRow("int", "ivec4") + std::string(kMainOfCodes);
    case Draws::row_quads:
      return std::string(kQuadOfRow) + std::string(kMainOfQuads);
  }
  return {};
}

/// The last parameters are those of the activation.
constexpr std::size_t kActivationParameters = 4;
constexpr std::size_t kFirstOfActivation = kParameters - kActivationParameters;

std::string Parameter(std::size_t index) { return "p[" + std::to_string(index) + "]"; }

/// The formulas of numeric/activation.h, in the same order of float operations.
std::string_view FormulaOf(ActivationKind kind) {
  using enum ActivationKind;
  switch (kind) {
    case none:
      return "x";
    case celu:
      return "x < 0.0 ? Real(ALPHA) * ExpMinus1(x / Real(ALPHA)) : x";
    case clip:
      return "Clamped(x, Real(LOW), Real(HIGH))";
    case elu:
      return "x < 0.0 ? Real(ALPHA) * ExpMinus1(x) : x";
    case gelu:
      return "0.5 * x * (1.0 + Erf(x * Bits(0x3f3504f3)))";
    case gelu_tanh:
      return "0.5 * x * (1.0 + Tanh(Bits(0x3f4c422a) * (x + Bits(0x3d372713) * x * x * x)))";
    case hard_sigmoid:
      return "Clamped(Real(ALPHA) * x + Real(BETA), 0.0, 1.0)";
    case hard_swish:
      return "x * Clamped(x * intBitsToFloat(0x3e2aaaab) + 0.5, 0.0, 1.0)";
    case leaky_relu:
      return "x < 0.0 ? Real(ALPHA) * x : x";
    case mish:
      return "x * MishFactor(Exp(x > 20.0 ? 20.0 : x))";
    case relu:
      return "x < 0.0 ? 0.0 : x";
    case selu:
      return "Real(BETA) * (x < 0.0 ? Real(ALPHA) * ExpMinus1(x) : x)";
    case sigmoid:
      return "1.0 / (1.0 + Exp(0.0 - x))";
    case softplus:
      return "(x < 0.0 ? 0.0 : x) + LogOf1Plus(Exp(0.0 - abs(x)))";
    case softsign:
      return "x / (1.0 + abs(x))";
    case tanh:
      return "Tanh(x)";
    case thresholded_relu:
      return "Real(ALPHA) < x ? x : 0.0";
  }
  return {};
}

/// Whether the formula has a function that GLSL has not, or rounds as it likes.
bool IsElementary(ActivationKind kind) {
  using enum ActivationKind;
  const auto kinds = {celu, elu, gelu, gelu_tanh, mish, selu, sigmoid, softplus, tanh};
  return std::ranges::find(kinds, kind) != kinds.end();
}

std::string ActivationText(const Activation& activation) {
  std::string text;
  if (IsElementary(activation.kind)) text += kElementaryFunctions;
  const std::string_view names[kActivationParameters] = {"ALPHA", "BETA", "LOW", "HIGH"};
  for (std::size_t i = 0; i < kActivationParameters; ++i) {
    text += DefineText(names[i], Parameter(kFirstOfActivation + i));
  }
  return text + "float Activated(float x) { return " + std::string(FormulaOf(activation.kind)) +
         "; }\nvec4 Activated(vec4 x) { return vec4(Activated(x.x), Activated(x.y), Activated(x.z), Activated(x.w)); "
         "}\n";
}

}  // namespace

const std::string_view kQuantizeFunctions = R"(
int RoundClamp(float x, int low, int high) {
  if (!(x > float(low))) return low;
  if (x > float(high)) return high;
  return int(roundEven(x));
}
int QuantizeU8(float x, float scale, int zero) { return RoundClamp(x / scale, -zero, 255 - zero) + zero; }
)";

std::string SourceName(std::size_t unit) { return "t" + std::to_string(unit); }

std::string Define(std::string_view name, std::int64_t value) { return DefineText(name, std::to_string(value)); }

std::string ShaderText(const ShaderSpec& spec) {
  ALICE_CHECK(spec.sources.size() <= kSources && spec.parameters.size() < kFirstOfActivation);
  std::string text(kPrelude);
  text += "uniform int p[" + std::to_string(kParameters) + "];\n";
  std::size_t unit = 0;
  for (const std::string_view source : spec.sources) {
    text += "uniform isampler2D " + SourceName(unit) + ";\n" + DefineText(source, SourceName(unit));
    ++unit;
  }
  std::size_t index = 1;
  for (const std::string_view parameter : spec.parameters) text += DefineText(parameter, Parameter(index++));
  text += spec.defines;
  text += ActivationText(spec.activation);
  for (const std::string_view function : spec.functions) text += function;
  text += spec.body;
  text += MainOf(spec.draws);
  return text;
}

Parameters ParametersOf(std::size_t count, std::span<const std::int64_t> others, const Activation& activation) {
  ALICE_DCHECK(others.size() < kFirstOfActivation);
  Parameters parameters{static_cast<std::int32_t>(count)};
  std::size_t index = 1;
  for (const std::int64_t other : others) parameters[index++] = static_cast<std::int32_t>(other);
  index = kFirstOfActivation;
  for (const float value : {activation.alpha, activation.beta, activation.low, activation.high}) {
    parameters[index++] = std::bit_cast<std::int32_t>(value);
  }
  return parameters;
}

}  // namespace alice::webgl
