// Functions of one element, and of two broadcast operands.
#include <algorithm>

#include "backends/webgl/drawn_op.h"
#include "kernels/binary_f32/broadcast_plan.h"

namespace alice::webgl {
namespace {

/// A function of one element: GLSL that gives `float Function(float x)`.
struct UnaryText {
  std::string body;
  Activation activation{};
};
using UnaryTextOf = UnaryText (*)(const DrawContext& context);

UnaryText ActivationText(const DrawContext& context) {
  return {"float Function(float x) { return Activated(x); }", std::get<Activation>(context.node().attributes)};
}

/// The GLSL of kernels/unary_f32/unary_op.inc.
std::string_view UnaryFormulaOf(OpKind kind) {
  switch (kind) {
    case OpKind::Abs:
      return "abs(x)";
    case OpKind::Ceil:
      return "ceil(x)";
    case OpKind::Erf:
      return "Erf(x)";
    case OpKind::Exp:
      return "Exp(x)";
    case OpKind::Floor:
      return "floor(x)";
    case OpKind::Log:
      return "Log(x)";
    case OpKind::Neg:
      return "-x";
    case OpKind::Reciprocal:
      return "1.0 / x";
    case OpKind::Round:
      return "roundEven(x)";
    case OpKind::Sign:
      return "x < 0.0 ? -1.0 : 0.0 < x ? 1.0 : x";
    case OpKind::Sqrt:
      return "sqrt(x)";
    default:
      return {};
  }
}

UnaryText UnaryFunction(std::string_view formula) {
  return {std::string(kElementaryFunctions) + "float Function(float x) { return " + std::string(formula) + "; }"};
}

UnaryText UnaryOpText(const DrawContext& context) { return UnaryFunction(UnaryFormulaOf(context.node().kind)); }

/// The exponent of a Pow that is a product; else 0.
int ExponentOf(const Graph& graph, const Node& node) {
  const Value& exponent = graph.value(node.inputs[1]);
  if (exponent.dtype != DType::f32 || !exponent.constant || exponent.constant->released()) return 0;
  const auto values = exponent.constant->elements<const float>();
  if (values.size() != 1 || exponent.shape.dims.size() > graph.value(node.inputs[0]).shape.dims.size()) return 0;
  return values[0] == 2.0f ? 2 : values[0] == 3.0f ? 3 : 0;
}

UnaryText PowerText(const DrawContext& context) {
  return UnaryFunction(ExponentOf(context.graph, context.node()) == 2 ? "x * x" : "x * x * x");
}

constexpr std::string_view kUnaryBody = R"(
vec4 Quad(int i) {
  vec4 x = Floats(values, i << 2);
  return vec4(Function(x.x), Function(x.y), Function(x.z), Function(x.w));
}
)";

template <UnaryTextOf text_of>
class UnaryOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<UnaryOp>();
    UnaryText text = text_of(context);
    text.body += kUnaryBody;
    op->activation_ = text.activation;
    ALICE_ASSIGN_OR_RETURN(op->x_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_ASSIGN_OR_RETURN(
        op->program_,
        context.builder.ProgramOf(
            {.draws = Draws::quads, .sources = {"values"}, .body = text.body, .activation = op->activation_}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    draws.Add(program_, y_, {x_}, ParametersOf(Index(binding.outputs[0].elements()), {}, activation_));
  }

 private:
  Activation activation_;
  Slot x_ = kNoSlot, y_ = kNoSlot;
  const Program* program_ = nullptr;
};

bool CanDrawUnary(const Graph& graph, const SegmentNode& at) { return IsFloat(graph, *at.node); }

bool CanDrawPower(const Graph& graph, const SegmentNode& at) {
  return IsFloat(graph, *at.node) && ExponentOf(graph, *at.node) != 0;
}

/// The GLSL of kernels/binary_f32/binary_op.inc.
std::string_view FunctionOf(OpKind kind) {
  switch (kind) {
    case OpKind::Add:
      return "a + b";
    case OpKind::Div:
      return "a / b";
    case OpKind::Max:
      return "b != b ? b : a < b ? b : a";
    case OpKind::Min:
      return "b != b ? b : b < a ? b : a";
    case OpKind::Mul:
      return "a * b";
    case OpKind::PRelu:
      return "a < 0.0 ? a * b : a";
    case OpKind::Sub:
      return "a - b";
    default:
      return {};
  }
}

// The axes of a BroadcastPlan, three parameters each: size, and the strides of both operands.
constexpr std::string_view kBroadcastBody = R"(
float Function(float a, float b) { return Activated(FUNCTION); }
ivec2 OffsetsOf(int i) {
  ivec2 at = ivec2(0);
  for (int axis = RANK - 1; axis >= 0; --axis) {
    int size = p[2 + 3 * axis];
    int before = i / size;
    at += (i - before * size) * ivec2(p[3 + 3 * axis], p[4 + 3 * axis]);
    i = before;
  }
  return at;
}
float Element(int i) {
  ivec2 at = OffsetsOf(i);
  return Function(Float(left, at.x), Float(right, at.y));
}
// Where four neighbours lie together in each operand, or are one element of it.
vec4 Quad(int i) {
  ivec2 at = OffsetsOf(i << 2);
  int inner = 3 * (RANK - 1);
  vec4 a = p[3 + inner] == 0 ? vec4(Float(left, at.x)) : Floats(left, at.x);
  vec4 b = p[4 + inner] == 0 ? vec4(Float(right, at.y)) : Floats(right, at.y);
  return vec4(Function(a.x, b.x), Function(a.y, b.y), Function(a.z, b.z), Function(a.w, b.w));
}
)";

/// Whether four neighbours of the result, from one on that is a multiple of 4, are such of each operand, or one element.
bool HasQuads(const BroadcastPlan& plan) {
  const auto whole = [](std::size_t stride) { return stride % 4 == 0; };
  if (plan.rank > 1 && !whole(plan.axes[plan.rank - 1].size)) return false;
  return std::all_of(plan.axes.begin(), plan.axes.begin() + static_cast<std::ptrdiff_t>(plan.rank) - 1,
                     [&](const BroadcastPlan::Axis& axis) {
                       const BroadcastPlan::Axis& inner = plan.axes[plan.rank - 1];
                       return (inner.a_stride == 0 || whole(axis.a_stride)) &&
                              (inner.b_stride == 0 || whole(axis.b_stride));
                     });
}

class BinaryOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<BinaryOp>();
    op->activation_ = context.node().activation;
    ALICE_ASSIGN_OR_RETURN(op->a_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->b_, context.InputSlot(1));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    const std::string function = "#define FUNCTION (" + std::string(FunctionOf(context.node().kind)) + ")\n";
    const auto program = [&](Draws draws) {
      return context.builder.ProgramOf({.draws = draws,
                                        .sources = {"left", "right"},
                                        .parameters = {"RANK"},
                                        .body = kBroadcastBody,
                                        .activation = op->activation_,
                                        .defines = function});
    };
    ALICE_ASSIGN_OR_RETURN(op->elements_, program(Draws::floats));
    ALICE_ASSIGN_OR_RETURN(op->quads_, program(Draws::quads));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const BroadcastPlan plan = MakeBroadcastPlan(binding.inputs[0], binding.inputs[1]);
    std::array<std::int64_t, 1 + 3 * kMaxRank> parameters{AxisSize(plan.rank)};
    for (std::size_t axis = 0; axis < plan.rank; ++axis) {
      parameters[1 + 3 * axis] = AxisSize(plan.axes[axis].size);
      parameters[2 + 3 * axis] = AxisSize(plan.axes[axis].a_stride);
      parameters[3 + 3 * axis] = AxisSize(plan.axes[axis].b_stride);
    }
    draws.Add(HasQuads(plan) ? quads_ : elements_, y_, {a_, b_}, ParametersOf(plan.elements, parameters, activation_));
  }

 private:
  Activation activation_;
  Slot a_ = kNoSlot, b_ = kNoSlot, y_ = kNoSlot;
  const Program* elements_ = nullptr;
  const Program* quads_ = nullptr;
};

bool CanDrawBinary(const Graph& graph, const SegmentNode& at) {
  return at.node->inputs.size() == 2 && IsFloat(graph, *at.node);
}

}  // namespace

const DrawnFamily kActivationOps{CanDrawUnary, UnaryOp<ActivationText>::Create};
const DrawnFamily kUnaryOps{CanDrawUnary, UnaryOp<UnaryOpText>::Create};
const DrawnFamily kPower{CanDrawPower, UnaryOp<PowerText>::Create};
const DrawnFamily kBinaryOps{CanDrawBinary, BinaryOp::Create};

}  // namespace alice::webgl
