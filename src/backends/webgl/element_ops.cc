// Activations of their own, and functions of two broadcast operands.
#include "backends/webgl/drawn_op.h"
#include "kernels/binary_f32/broadcast_plan.h"

namespace alice::webgl {
namespace {

class ActivationOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<ActivationOp>();
    op->activation_ = std::get<Activation>(context.node().attributes);
    ALICE_ASSIGN_OR_RETURN(op->x_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_ASSIGN_OR_RETURN(
        op->program_, context.builder.ProgramOf({.draws = Draws::floats,
                                                 .sources = {"values"},
                                                 .body = "float Element(int i) { return Activated(Float(values, i)); }",
                                                 .activation = op->activation_}));
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

bool CanDrawActivation(const Graph& graph, const SegmentNode& at) {
  const auto* activation = std::get_if<Activation>(&at.node->attributes);
  return activation != nullptr && HasShader(activation->kind) && IsFloat(graph, *at.node);
}

/// The GLSL of kernels/binary_f32/binary_op.inc.
std::string_view FunctionOf(OpKind kind) {
  switch (kind) {
    case OpKind::Add:
      return "a + b";
    case OpKind::Div:
      return "a / b";
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
float Element(int i) {
  int at_a = 0;
  int at_b = 0;
  for (int axis = RANK - 1; axis >= 0; --axis) {
    int size = p[2 + 3 * axis];
    int place = i % size;
    i /= size;
    at_a += place * p[3 + 3 * axis];
    at_b += place * p[4 + 3 * axis];
  }
  float a = Float(left, at_a);
  float b = Float(right, at_b);
  return Activated(FUNCTION);
}
)";

class BinaryOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<BinaryOp>();
    op->activation_ = context.node().activation;
    ALICE_ASSIGN_OR_RETURN(op->a_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->b_, context.InputSlot(1));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    const std::string function = "#define FUNCTION (" + std::string(FunctionOf(context.node().kind)) + ")\n";
    ALICE_ASSIGN_OR_RETURN(op->program_, context.builder.ProgramOf({.draws = Draws::floats,
                                                                    .sources = {"left", "right"},
                                                                    .parameters = {"RANK"},
                                                                    .body = kBroadcastBody,
                                                                    .activation = op->activation_,
                                                                    .defines = function}));
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
    draws.Add(program_, y_, {a_, b_}, ParametersOf(plan.elements, parameters, activation_));
  }

 private:
  Activation activation_;
  Slot a_ = kNoSlot, b_ = kNoSlot, y_ = kNoSlot;
  const Program* program_ = nullptr;
};

bool CanDrawBinary(const Graph& graph, const SegmentNode& at) {
  return IsFloat(graph, *at.node) && !FunctionOf(at.node->kind).empty() && HasShader(at.node->activation.kind);
}

}  // namespace

const DrawnFamily kActivationOps{CanDrawActivation, ActivationOp::Create};
const DrawnFamily kBinaryOps{CanDrawBinary, BinaryOp::Create};

}  // namespace alice::webgl
