#include "backends/webgl/shader.h"

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

// No vector is indexed by what is not constant: where it would be, the compiler keeps it in memory.
constexpr std::string_view kMainOfFloats = R"(
int BitsAt(int i) { return i < COUNT ? floatBitsToInt(Element(i)) : 0; }
void main() {
  int first = (int(gl_FragCoord.y) << 11 | int(gl_FragCoord.x)) << 2;
  drawn = ivec4(BitsAt(first), BitsAt(first + 1), BitsAt(first + 2), BitsAt(first + 3));
}
)";

constexpr std::string_view kMainOfCodes = R"(
int CodeAt(int i) { return i < COUNT ? Element(i) : 0; }
int WordAt(int i) { return WordOf(ivec4(CodeAt(i), CodeAt(i + 1), CodeAt(i + 2), CodeAt(i + 3))); }
void main() {
  int first = (int(gl_FragCoord.y) << 11 | int(gl_FragCoord.x)) << 4;
  drawn = ivec4(WordAt(first), WordAt(first + 4), WordAt(first + 8), WordAt(first + 12));
}
)";

constexpr std::string_view kMainOfCodeQuads = R"(
int WordAt(int i) { return i < COUNT ? WordOf(Quad(i >> 2)) : 0; }
void main() {
  int first = (int(gl_FragCoord.y) << 11 | int(gl_FragCoord.x)) << 4;
  drawn = ivec4(WordAt(first), WordAt(first + 4), WordAt(first + 8), WordAt(first + 12));
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
vec4 Quad(int i) { return Outputs(i / QUADS, i % QUADS); }
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
    case clip:
      return "Clamped(x, Real(LOW), Real(HIGH))";
    case hard_sigmoid:
      return "Clamped(Real(ALPHA) * x + Real(BETA), 0.0, 1.0)";
    case hard_swish:
      return "x * Clamped(x * intBitsToFloat(0x3e2aaaab) + 0.5, 0.0, 1.0)";
    case leaky_relu:
      return "x < 0.0 ? Real(ALPHA) * x : x";
    case relu:
      return "x < 0.0 ? 0.0 : x";
    case sigmoid:
      return "1.0 / (1.0 + Exp(0.0 - x))";
    case softsign:
      return "x / (1.0 + abs(x))";
    case thresholded_relu:
      return "Real(ALPHA) < x ? x : 0.0";
    default:
      return {};
  }
}

std::string ActivationText(const Activation& activation) {
  std::string text;
  if (activation.kind == ActivationKind::sigmoid) text += kExpFunction;
  const std::string_view names[kActivationParameters] = {"ALPHA", "BETA", "LOW", "HIGH"};
  for (std::size_t i = 0; i < kActivationParameters; ++i) {
    text += DefineText(names[i], Parameter(kFirstOfActivation + i));
  }
  return text + "float Activated(float x) { return " + std::string(FormulaOf(activation.kind)) +
         "; }\nvec4 Activated(vec4 x) { return vec4(Activated(x.x), Activated(x.y), Activated(x.z), Activated(x.w)); "
         "}\n";
}

}  // namespace

const std::string_view kExpFunction = R"(
float PowerOf2(int n) { return intBitsToFloat((n + 127) << 23); }
float Exp(float x) {
  float inside = Clamped(x, -104.0, 89.0);
  float n = roundEven(inside * intBitsToFloat(0x3fb8aa3b));
  float r = (inside - n * intBitsToFloat(0x3f317200)) - n * intBitsToFloat(0x35bfbe8e);
  float q = intBitsToFloat(0x3ab511e8);
  q = q * r + intBitsToFloat(0x3c091d10);
  q = q * r + intBitsToFloat(0x3d2aac79);
  q = q * r + intBitsToFloat(0x3e2aaa49);
  q = q * r + intBitsToFloat(0x3efffffe);
  int power = int(n);
  int low = power >> 1;
  return (1.0 + (r + r * r * q)) * PowerOf2(low) * PowerOf2(power - low);
}
)";

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

bool HasShader(ActivationKind kind) { return !FormulaOf(kind).empty(); }

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
