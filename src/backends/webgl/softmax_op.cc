#include "backends/webgl/drawn_op.h"

namespace alice::webgl {
namespace {

// Of each slice along the axis a texel: the largest value and the sum of the powers (kernels/softmax_f32).
constexpr std::string_view kSoftmaxSumsBody = R"(
ivec4 TexelOf(int slice) {
  int first = slice / INNER * SIZE * INNER + slice % INNER;
  float largest = Float(values, first);
  for (int k = 1; k < SIZE; ++k) {
    float value = Float(values, first + k * INNER);
    largest = largest < value ? value : largest;
  }
  vec4 sums = vec4(0.0);
  for (int k = 0; k < SIZE; ++k) sums[k & 3] += Exp(Float(values, first + k * INNER) - largest);
  return ivec4(floatBitsToInt(largest), floatBitsToInt((sums.x + sums.z) + (sums.y + sums.w)), 0, 0);
}
)";

constexpr std::string_view kQuotientBody = R"(
float Element(int i) {
  vec2 slice = intBitsToFloat(Texel(slices, i / (SIZE * INNER) * INNER + i % INNER).xy);
#ifdef LOGARITHM
  return (Float(values, i) - slice.x) - Log(slice.y);
#else
  return Exp(Float(values, i) - slice.x) / slice.y;
#endif
}
)";

class SoftmaxOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<SoftmaxOp>();
    const bool is_log = context.node().kind == OpKind::LogSoftmax;
    op->attributes_ = std::get<SoftmaxAttributes>(context.node().attributes);
    ALICE_ASSIGN_OR_RETURN(op->x_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_ASSIGN_OR_RETURN(op->sums_, context.builder.ProgramOf({.draws = Draws::texels,
                                                                 .sources = {"values"},
                                                                 .parameters = {"SIZE", "INNER"},
                                                                 .body = kSoftmaxSumsBody,
                                                                 .functions = {kElementaryFunctions}}));
    ALICE_ASSIGN_OR_RETURN(op->quotients_, context.builder.ProgramOf({.draws = Draws::floats,
                                                                      .sources = {"values", "slices"},
                                                                      .parameters = {"SIZE", "INNER"},
                                                                      .body = kQuotientBody,
                                                                      .functions = {kElementaryFunctions},
                                                                      .defines = is_log ? "#define LOGARITHM\n" : ""}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const Shape& shape = binding.inputs[0];
    const auto rank = static_cast<std::int64_t>(shape.rank());
    const std::size_t axis = Index(attributes_.axis < 0 ? attributes_.axis + rank : attributes_.axis);
    const std::size_t axis_end = attributes_.flatten_from_axis ? shape.rank() : axis + 1;
    const std::int64_t size = shape.Product(axis, axis_end);
    const std::int64_t inner = shape.Product(axis_end, shape.rank());
    const std::size_t slices = Index(shape.Product(0, axis) * inner);
    const Slot sums = draws.Temporary(slices * kTexelBytes);
    draws.Add(sums_, sums, {x_}, ParametersOf(slices, {size, inner}));
    draws.Add(quotients_, y_, {x_, sums}, ParametersOf(Index(shape.elements()), {size, inner}));
  }

 private:
  SoftmaxAttributes attributes_;
  Slot x_ = kNoSlot, y_ = kNoSlot;
  const Program* sums_ = nullptr;
  const Program* quotients_ = nullptr;
};

bool CanDrawSoftmax(const Graph& graph, const SegmentNode& at) { return IsFloat(graph, *at.node); }

}  // namespace

const DrawnFamily kSoftmax{CanDrawSoftmax, SoftmaxOp::Create};

}  // namespace alice::webgl
