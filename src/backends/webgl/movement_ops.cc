// Transpose and Concat: words that move.
#include <algorithm>
#include <array>

#include "backends/cpu/strides.h"
#include "backends/webgl/drawn_op.h"

namespace alice::webgl {
namespace {

// The axes of the output, two parameters each: size, and the stride in the input.
constexpr std::string_view kTransposeBody = R"(
float Element(int i) {
  int at = 0;
  for (int axis = RANK - 1; axis >= 0; --axis) {
    int size = p[2 + 2 * axis];
    at += i % size * p[3 + 2 * axis];
    i /= size;
  }
  return Float(values, at);
}
)";

class TransposeOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<TransposeOp>();
    op->permutation_ =
        PermutationOf(std::get<TransposeAttributes>(context.node().attributes), context.input(0).shape.rank());
    ALICE_ASSIGN_OR_RETURN(op->x_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_ASSIGN_OR_RETURN(
        op->program_,
        context.builder.ProgramOf(
            {.draws = Draws::floats, .sources = {"values"}, .parameters = {"RANK"}, .body = kTransposeBody}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const Shape& x = binding.inputs[0];
    const Strides strides = StridesOf(x);
    std::array<std::int64_t, 1 + 2 * kMaxRank> parameters{AxisSize(x.rank())};
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
      const std::size_t from = Index(permutation_[axis]);
      parameters[1 + 2 * axis] = x[from];
      parameters[2 + 2 * axis] = strides[from];
    }
    draws.Add(program_, y_, {x_}, ParametersOf(Index(x.elements()), parameters));
  }

 private:
  Shape permutation_;
  Slot x_ = kNoSlot, y_ = kNoSlot;
  const Program* program_ = nullptr;
};

bool CanTranspose(const Graph& graph, const SegmentNode& at) { return IsFloat(graph, *at.node); }

// Every row of the output is made of a stretch of each input.
constexpr std::string_view kConcatBody = R"(
float Element(int i) {
  int row = i / (LEFT + RIGHT);
  int place = i % (LEFT + RIGHT);
  return place < LEFT ? Float(left, row * LEFT + place) : Float(right, row * RIGHT + place - LEFT);
}
)";

/// Two inputs at a time.
class ConcatOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<ConcatOp>();
    op->axis_ = std::get<ConcatAttributes>(context.node().attributes).axis;
    for (std::size_t i = 0; i < context.node().inputs.size(); ++i) {
      ALICE_ASSIGN_OR_RETURN(op->inputs_.emplace_back(), context.InputSlot(i));
    }
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_ASSIGN_OR_RETURN(op->program_, context.builder.ProgramOf({.draws = Draws::floats,
                                                                    .sources = {"left", "right"},
                                                                    .parameters = {"LEFT", "RIGHT"},
                                                                    .body = kConcatBody}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const Shape& y = binding.outputs[0];
    const std::size_t axis = Index(axis_ < 0 ? axis_ + AxisSize(y.rank()) : axis_);
    const std::int64_t rows = y.Product(0, axis);
    const auto stretch = [&](std::size_t i) { return binding.inputs[i].Product(axis, binding.inputs[i].rank()); };
    Slot made = inputs_[0];
    std::int64_t length = stretch(0);
    for (std::size_t i = 1; i < inputs_.size(); ++i) {
      const std::int64_t right = stretch(i);
      const std::size_t elements = Index(rows * (length + right));
      const Slot target = i + 1 == inputs_.size() ? y_ : draws.Temporary(elements * sizeof(float));
      draws.Add(program_, target, {made, inputs_[i]}, ParametersOf(elements, {length, right}));
      made = target;
      length += right;
    }
  }

 private:
  std::int64_t axis_ = 0;
  std::vector<Slot> inputs_;
  Slot y_ = kNoSlot;
  const Program* program_ = nullptr;
};

bool CanConcat(const Graph& graph, const SegmentNode& at) {
  return at.node->inputs.size() > 1 && IsFloat(graph, *at.node);
}

}  // namespace

const DrawnFamily kTranspose{CanTranspose, TransposeOp::Create};
const DrawnFamily kConcat{CanConcat, ConcatOp::Create};

}  // namespace alice::webgl
