// Comparisons of floats, and Where, which chooses by them. A condition is 0 or 1 in a byte.
#include "backends/cpu/strides.h"
#include "backends/webgl/drawn_op.h"

namespace alice::webgl {
namespace {

/// As parameters have room for, with three operands.
constexpr std::size_t kMostAxes = 6;

// The axes of the result, four parameters each: size, and the strides of up to three operands.
constexpr std::string_view kOffsets = R"(
ivec3 OffsetsOf(int i) {
  ivec3 at = ivec3(0);
  for (int axis = RANK - 1; axis >= 0; --axis) {
    int size = p[2 + 4 * axis];
    int before = i / size;
    at += (i - before * size) * ivec3(p[3 + 4 * axis], p[4 + 4 * axis], p[5 + 4 * axis]);
    i = before;
  }
  return at;
}
)";

Parameters BroadcastParameters(const Binding& binding) {
  const Shape& y = binding.outputs[0];
  std::array<std::int64_t, 1 + 4 * kMostAxes> parameters{AxisSize(y.rank())};
  for (std::size_t axis = 0; axis < y.rank(); ++axis) parameters[1 + 4 * axis] = y[axis];
  for (std::size_t input = 0; input < binding.inputs.size(); ++input) {
    const Shape& x = binding.inputs[input];
    const Strides strides = StridesOf(x);
    const std::size_t lead = y.rank() - x.rank();
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
      parameters[2 + 4 * (lead + axis) + input] = x[axis] == 1 ? 0 : strides[axis];
    }
  }
  return ParametersOf(Index(y.elements()), parameters);
}

std::string_view RelationOf(OpKind kind) {
  switch (kind) {
    case OpKind::Equal:
      return "==";
    case OpKind::Greater:
      return ">";
    case OpKind::GreaterOrEqual:
      return ">=";
    case OpKind::Less:
      return "<";
    default:
      return "<=";
  }
}

class ComparisonOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<ComparisonOp>();
    ALICE_ASSIGN_OR_RETURN(op->a_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->b_, context.InputSlot(1));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_ASSIGN_OR_RETURN(op->program_,
                           context.builder.ProgramOf(
                               {.draws = Draws::codes,
                                .sources = {"left", "right"},
                                .parameters = {"RANK"},
                                .body = R"(
int Element(int i) {
  ivec3 at = OffsetsOf(i);
  return Float(left, at.x) RELATION Float(right, at.y) ? 1 : 0;
}
)",
                                .functions = {kOffsets},
                                .defines = "#define RELATION " + std::string(RelationOf(context.node().kind)) + "\n"}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    draws.Add(program_, y_, {a_, b_}, BroadcastParameters(binding));
  }

 private:
  Slot a_ = kNoSlot, b_ = kNoSlot, y_ = kNoSlot;
  const Program* program_ = nullptr;
};

class WhereOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<WhereOp>();
    for (std::size_t i = 0; i < 3; ++i) {
      ALICE_ASSIGN_OR_RETURN(op->inputs_[i], context.InputSlot(i));
    }
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_ASSIGN_OR_RETURN(op->program_, context.builder.ProgramOf({.draws = Draws::floats,
                                                                    .sources = {"condition", "left", "right"},
                                                                    .parameters = {"RANK"},
                                                                    .body = R"(
float Element(int i) {
  ivec3 at = OffsetsOf(i);
  return Code(condition, at.x) != 0 ? Float(left, at.y) : Float(right, at.z);
}
)",
                                                                    .functions = {kOffsets}}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    draws.Add(program_, y_, {inputs_[0], inputs_[1], inputs_[2]}, BroadcastParameters(binding));
  }

 private:
  std::array<Slot, 3> inputs_{};
  Slot y_ = kNoSlot;
  const Program* program_ = nullptr;
};

bool IsOf(const Graph& graph, ValueId id, DType dtype) { return graph.value(id).dtype == dtype; }

bool HasRoom(const Graph& graph, const Node& node) {
  return graph.value(node.outputs[0]).shape.dims.size() <= kMostAxes;
}

bool CanDrawComparison(const Graph& graph, const SegmentNode& at) {
  const Node& node = *at.node;
  return HasRoom(graph, node) && IsOf(graph, node.inputs[0], DType::f32) && IsOf(graph, node.inputs[1], DType::f32);
}

bool CanDrawWhere(const Graph& graph, const SegmentNode& at) {
  const Node& node = *at.node;
  return HasRoom(graph, node) && IsOf(graph, node.inputs[1], DType::f32) && IsOf(graph, node.inputs[2], DType::f32);
}

}  // namespace

const DrawnFamily kComparisons{CanDrawComparison, ComparisonOp::Create};
const DrawnFamily kWhere{CanDrawWhere, WhereOp::Create};

}  // namespace alice::webgl
