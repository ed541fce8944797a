#include "backends/webgl/quantized_input.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace alice::webgl {
namespace {

/// Up to here a group's range is found by the one texel that needs it; longer ones in parts first.
constexpr std::size_t kLongestPart = 1024;

constexpr std::string_view kRangeFunctions = R"(
void Widen(inout vec2 range, float x) {
  if (x < range.x) range.x = x;
  if (x > range.y) range.y = x;
}
const int INFINITY = 0x7f800000;
vec2 EmptyRange() { return vec2(intBitsToFloat(INFINITY), -intBitsToFloat(INFINITY)); }
// Of the elements [first, end).
vec2 RangeOfValues(int first, int end) {
  vec2 range = EmptyRange();
  for (; first < end && (first & 3) != 0; ++first) Widen(range, Float(values, first));
  for (; first + 4 <= end; first += 4) {
    vec4 x = Floats(values, first);
    Widen(range, x.x);
    Widen(range, x.y);
    Widen(range, x.z);
    Widen(range, x.w);
  }
  for (; first < end; ++first) Widen(range, Float(values, first));
  return range;
}
)";

constexpr std::string_view kPartBody = R"(
ivec4 TexelOf(int i) {
  int group = i / PARTS;
  int first = i % PARTS * PART;
  int end = min(first + PART, GROUP);
  return ivec4(floatBitsToInt(RangeOfValues(group * GROUP + first, group * GROUP + end)), 0, 0);
}
)";

// STEPS, 127 or 255, is no constant here: the quotient by one may become a product with its reciprocal, which is another float.
// The range of the group, and what numeric/qparams.h makes of it.
constexpr std::string_view kGridBody = R"(
vec2 RangeOf(int group) {
#ifdef FROM_PARTS
  vec2 range = EmptyRange();
  for (int k = 0; k < PARTS; ++k) {
    vec2 part = intBitsToFloat(Texel(values, group * PARTS + k).xy);
    Widen(range, part.x);
    Widen(range, part.y);
  }
  return range;
#else
  return RangeOfValues(group * GROUP, (group + 1) * GROUP);
#endif
}
void Parameters(vec2 range, out float scale, out int zero) {
  scale = 1.0;
#ifdef SYMMETRIC
  zero = 128;
  float found = max(abs(range.x), abs(range.y)) / Real(STEPS);
#else
  zero = 0;
  float low = min(range.x, 0.0);
  float found = (max(range.y, 0.0) - low) / Real(STEPS);
#endif
  if (!(found > 0.0)) return;
  scale = found;
#ifndef SYMMETRIC
  zero = RoundClamp(-low / scale, 0, 255);
#endif
}
ivec4 TexelOf(int group) {
  vec2 range = RangeOf(group);
  float scale;
  int zero;
#ifdef BOUNDED
  if (!(range.x >= Real(BOUND_LOW) && range.y <= Real(BOUND_HIGH))) {
    range = vec2(Clamped(range.x, Real(BOUND_LOW), Real(BOUND_HIGH)), Clamped(range.y, Real(BOUND_LOW), Real(BOUND_HIGH)));
    Parameters(range, scale, zero);
    return ivec4(floatBitsToInt(scale), zero, QuantizeU8(range.x, scale, zero), QuantizeU8(range.y, scale, zero));
  }
#endif
  Parameters(range, scale, zero);
  return ivec4(floatBitsToInt(scale), zero, 0, 255);
}
)";

constexpr std::string_view kQuantizeBody = R"(
int Quantized(float x, ivec4 group) {
  return clamp(QuantizeU8(x, intBitsToFloat(group.x), group.y), group.z, group.w);
}
ivec4 GroupOf(int i) { return Texel(grid, min(i, COUNT - 1) / GROUP); }
ivec4 Quad(int quad) {
  int i = quad << 2;
  vec4 x = Floats(values, i);
  ivec4 group = GroupOf(i);
  if ((GROUP & 3) == 0) {
    return ivec4(Quantized(x.x, group), Quantized(x.y, group), Quantized(x.z, group), Quantized(x.w, group));
  }
  return ivec4(Quantized(x.x, group), Quantized(x.y, GroupOf(i + 1)), Quantized(x.z, GroupOf(i + 2)),
               Quantized(x.w, GroupOf(i + 3)));
}
)";

Result<Slot> FixedGrid(const DrawContext& context, const QParams& qparams) {
  ALICE_ASSIGN_OR_RETURN(const SegmentBuilder::Constant constant, context.builder.AddConstant(kTexelBytes));
  const std::array<std::int32_t, 4> texel{std::bit_cast<std::int32_t>(qparams.scale), qparams.zero_point, 0, 255};
  std::memcpy(constant.bytes.data(), texel.data(), sizeof texel);
  return constant.slot;
}

Result<const Program*> QuantizeProgram(const DrawContext& context) {
  return context.builder.ProgramOf({.draws = Draws::code_quads,
                                    .sources = {"values", "grid"},
                                    .parameters = {"GROUP"},
                                    .body = kQuantizeBody,
                                    .functions = {kQuantizeFunctions}});
}

void EmitQuantize(const Program* quantize, Slot x, Slot grid, std::size_t group, Slot codes, std::size_t elements,
                  DrawList& draws) {
  draws.Add(quantize, codes, {x, grid}, ParametersOf(elements, {static_cast<std::int64_t>(group)}));
}

}  // namespace

Result<QuantizedInput> QuantizedInput::Create(const DrawContext& context) {
  QuantizedInput input;
  const Connection& connection = context.at.connection;
  const ActivationScheme& scheme = context.node().quantized->scheme.activations;
  ALICE_ASSIGN_OR_RETURN(input.x_, context.InputSlot(0));
  input.is_codes_ = connection.input_is_codes;
  if (connection.input) {
    ALICE_ASSIGN_OR_RETURN(input.fixed_, FixedGrid(context, *connection.input));
    if (input.is_codes_) return input;
  } else {
    std::string defines;
    if (scheme.symmetric) defines += "#define SYMMETRIC\n";
    if (connection.bound) defines += "#define BOUNDED\n";
    input.steps_ = scheme.symmetric ? 127.0f : 255.0f;
    input.bound_ = connection.bound.value_or(QuantRange{});
    const auto grid = [&](std::string_view more) {
      return context.builder.ProgramOf({.draws = Draws::texels,
                                        .sources = {"values"},
                                        .parameters = {"GROUP", "PARTS", "STEPS", "BOUND_LOW", "BOUND_HIGH"},
                                        .body = kGridBody,
                                        .functions = {kQuantizeFunctions, kRangeFunctions},
                                        .defines = defines + std::string(more)});
    };
    ALICE_ASSIGN_OR_RETURN(input.grid_of_values_, grid(""));
    ALICE_ASSIGN_OR_RETURN(input.grid_of_parts_, grid("#define FROM_PARTS\n"));
    ALICE_ASSIGN_OR_RETURN(input.part_, context.builder.ProgramOf({.draws = Draws::texels,
                                                                   .sources = {"values"},
                                                                   .parameters = {"GROUP", "PARTS", "PART"},
                                                                   .body = kPartBody,
                                                                   .functions = {kRangeFunctions}}));
  }
  ALICE_ASSIGN_OR_RETURN(input.quantize_, QuantizeProgram(context));
  return input;
}

QuantizedInput::Codes QuantizedInput::Emit(std::size_t elements, std::size_t elements_per_group,
                                           DrawList& draws) const {
  const std::size_t group = std::max<std::size_t>(fixed_ != kNoSlot ? elements : elements_per_group, 1);
  Codes codes{x_, fixed_, group};
  if (is_codes_) return codes;
  if (fixed_ == kNoSlot) {
    const std::size_t groups = elements / group;
    const auto group_size = static_cast<std::int64_t>(group);
    const auto emit_grid = [&](const Program* program, Slot from, std::int64_t parts) {
      codes.grid = draws.Temporary(groups * kTexelBytes);
      draws.Add(program, codes.grid, {from},
                ParametersOf(groups, {group_size, parts, Bits(steps_), Bits(bound_.min), Bits(bound_.max)}));
    };
    if (group <= kLongestPart) {
      emit_grid(grid_of_values_, x_, 1);
    } else {
      const auto part = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(group))));
      const std::size_t parts = (group + part - 1) / part;
      const Slot ranges = draws.Temporary(groups * parts * kTexelBytes);
      const auto part_count = static_cast<std::int64_t>(parts);
      draws.Add(part_, ranges, {x_},
                ParametersOf(groups * parts, {group_size, part_count, static_cast<std::int64_t>(part)}));
      emit_grid(grid_of_parts_, ranges, part_count);
    }
  }
  codes.codes = draws.Temporary(elements);
  EmitQuantize(quantize_, x_, codes.grid, group, codes.codes, elements, draws);
  return codes;
}

Result<Encoder> Encoder::Create(const DrawContext& context, const QParams& qparams) {
  Encoder encoder;
  ALICE_ASSIGN_OR_RETURN(encoder.grid_, FixedGrid(context, qparams));
  ALICE_ASSIGN_OR_RETURN(encoder.quantize_, QuantizeProgram(context));
  return encoder;
}

void Encoder::Emit(Slot x, Slot codes, std::size_t elements, DrawList& draws) const {
  EmitQuantize(quantize_, x, grid_, std::max<std::size_t>(elements, 1), codes, elements, draws);
}

}  // namespace alice::webgl
