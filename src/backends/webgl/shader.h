#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/webgl/programs.h"
#include "numeric/activation.h"

namespace alice::webgl {

/// What a fragment shader makes of the tensor that it draws. `main` is written for it; the body has to define:
///   floats    float Element(int i)       the element of that index
///   codes     int Element(int i)         the same, of u8 codes
///   code_quads   ivec4 Quad(int i)       the codes 4i … 4i + 3: behind the last one whatever it likes, as quads
///   quads     vec4 Quad(int i)           the elements 4i … 4i + 3
///   texels    ivec4 TexelOf(int i)       the texel of that index, whatever it means
/// and of a matrix with rows of N columns, in QUADS of four:
///   row_floats, row_quads   vec4 Outputs(int row, int quad)   four columns; quads only where N is a multiple of 4
enum class Draws : std::uint8_t { floats, codes, code_quads, quads, texels, row_floats, row_codes, row_quads };

/// A fragment shader of GLSL ES 3.00. In its body a source has the name that it has here, and is read by
///   ivec4 Texel(source, i)   float Float(source, i)   int Code(source, i)   vec4 Floats(source, i)   ivec4 Codes(source, i)
/// with the index of the texel or element; the last two give four from one on that is a multiple of 4. A parameter is an int of that name, or with Real(name) a float. The first one is the
/// number of elements that are drawn, COUNT, which is not named here.
struct ShaderSpec {
  Draws draws = Draws::floats;
  std::vector<std::string_view> sources{};
  std::vector<std::string_view> parameters{};
  std::string_view body{};
  Activation activation{};                    ///< `Activated(x)` of the body, of a float or a vec4
  std::vector<std::string_view> functions{};  ///< to go before the body
  std::string defines{};                      ///< what else the body is to know
};

std::string ShaderText(const ShaderSpec& spec);

/// The sampler of a unit.
std::string SourceName(std::size_t unit);

/// "#define name value\n"
std::string Define(std::string_view name, std::int64_t value);

/// GLSL of numeric/elementary.h: float Exp(float x), ExpMinus1, Tanh, Log, LogOf1Plus, Erf; float Bits(int). May come twice.
extern const std::string_view kElementaryFunctions;
/// GLSL of numeric/qparams.h: int RoundClamp(float x, int low, int high), int QuantizeU8(float x, float scale, int zero).
extern const std::string_view kQuantizeFunctions;

/// The parameters of a draw of `count` elements: COUNT, then `others` in the order of the spec, and those of the activation.
Parameters ParametersOf(std::size_t count, std::span<const std::int64_t> others, const Activation& activation = {});
inline Parameters ParametersOf(std::size_t count, std::initializer_list<std::int64_t> others,
                               const Activation& activation = {}) {
  return ParametersOf(count, std::span(others.begin(), others.size()), activation);
}
/// A float as a parameter.
inline std::int64_t Bits(float value) { return std::bit_cast<std::int32_t>(value); }

}  // namespace alice::webgl
