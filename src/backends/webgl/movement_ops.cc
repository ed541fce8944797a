// Transpose, Slice and Concat: words that move.
#include <algorithm>
#include <array>

#include "backends/cpu/strides.h"
#include "backends/webgl/drawn_op.h"
#include "ir/slice_range.h"

namespace alice::webgl {
namespace {

// The axes of the output, two parameters each: size, and the stride in the input.
constexpr std::string_view kStridedBody = R"(
float Element(int i) {
  int at = FIRST;
  for (int axis = RANK - 1; axis >= 0; --axis) {
    int size = p[3 + 2 * axis];
    at += i % size * p[4 + 2 * axis];
    i /= size;
  }
  return Float(values, at);
}
)";

/// Where the elements of an output lie in the input.
struct Reading {
  std::int64_t first = 0;
  Strides strides{};  ///< of each axis of the output
};
using ReadingOf = Reading (*)(const Attributes& attributes, const Shape& x);

Reading ReadTransposed(const Attributes& attributes, const Shape& x) {
  const Shape permutation = PermutationOf(std::get<TransposeAttributes>(attributes), x.rank());
  const Strides strides = StridesOf(x);
  Reading reading;
  for (std::size_t axis = 0; axis < x.rank(); ++axis) reading.strides[axis] = strides[Index(permutation[axis])];
  return reading;
}

Reading ReadSlice(const Attributes& attributes, const Shape& x) {
  const auto& slice = std::get<SliceAttributes>(attributes);
  const Strides strides = StridesOf(x);
  Reading reading{.first = 0, .strides = strides};
  for (std::size_t i = 0; i < slice.axes.rank(); ++i) {
    const std::size_t axis = Index(slice.axes[i] < 0 ? slice.axes[i] + AxisSize(x.rank()) : slice.axes[i]);
    const SliceRange range = RangeOf(slice.starts[i], slice.ends[i], slice.steps[i], x[axis]);
    reading.first += range.first * strides[axis];
    // A step may be huge.
    reading.strides[axis] *= range.count > 1 ? static_cast<std::ptrdiff_t>(range.step) : 0;
  }
  return reading;
}

template <ReadingOf reading_of>
class StridedOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<StridedOp>();
    op->attributes_ = context.node().attributes;
    ALICE_ASSIGN_OR_RETURN(op->x_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_ASSIGN_OR_RETURN(
        op->program_,
        context.builder.ProgramOf(
            {.draws = Draws::floats, .sources = {"values"}, .parameters = {"RANK", "FIRST"}, .body = kStridedBody}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const Shape& y = binding.outputs[0];
    const Reading reading = reading_of(attributes_, binding.inputs[0]);
    std::array<std::int64_t, 2 + 2 * kMaxRank> parameters{AxisSize(y.rank()), reading.first};
    for (std::size_t axis = 0; axis < y.rank(); ++axis) {
      parameters[2 + 2 * axis] = y[axis];
      parameters[3 + 2 * axis] = reading.strides[axis];
    }
    draws.Add(program_, y_, {x_}, ParametersOf(Index(y.elements()), parameters));
  }

 private:
  Attributes attributes_;
  Slot x_ = kNoSlot, y_ = kNoSlot;
  const Program* program_ = nullptr;
};

bool CanRead(const Graph& graph, const SegmentNode& at) { return IsFloat(graph, *at.node); }

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

const DrawnFamily kTranspose{CanRead, StridedOp<ReadTransposed>::Create};
const DrawnFamily kSlice{CanRead, StridedOp<ReadSlice>::Create};
const DrawnFamily kConcat{CanConcat, ConcatOp::Create};

}  // namespace alice::webgl
