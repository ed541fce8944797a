// ReduceSum, ReduceMean, ReduceMax and their kin: ir/reduction.inc.
#include "backends/cpu/reduce_plan.h"
#include "backends/webgl/drawn_op.h"
#include "ir/reduction.h"

namespace alice::webgl {
namespace {

// The axes that stay, then those that are reduced, two parameters each: size, and the stride in the input. Elements are
// combined some at a time, so that the error of a long sum stays small.
constexpr std::string_view kReduceBody = R"(
int OffsetOf(int i, int first_axis, int axes) {
  int at = 0;
  for (int axis = first_axis + axes - 1; axis >= first_axis; --axis) {
    int size = p[4 + 2 * axis];
    int before = i / size;
    at += (i - before * size) * p[5 + 2 * axis];
    i = before;
  }
  return at;
}
float Largest(float a, float b) { return b > a ? b : a; }
float Smallest(float a, float b) { return b < a ? b : a; }
float Element(int i) {
  int at = OffsetOf(i, 0, KEPT);
  float shift = 0.0;
#ifdef SHIFTED
  shift = -intBitsToFloat(0x7f800000);
  for (int k = 0; k < LENGTH; ++k) shift = Largest(shift, Float(values, at + OffsetOf(k, KEPT, REDUCED)));
  if (isinf(shift)) shift = 0.0;
#endif
  float y = START;
  for (int first = 0; first < LENGTH; first += 64) {
    float part = START;
    for (int k = first; k < min(first + 64, LENGTH); ++k) {
      float x = Float(values, at + OffsetOf(k, KEPT, REDUCED));
      part = COMBINED(part, MAPPED);
    }
    y = COMBINED(y, part);
  }
  return FINISHED;
}
)";

std::string MapText(ReductionMap map) {
  switch (map) {
    case ReductionMap::identity:
      return "#define MAPPED x\n";
    case ReductionMap::absolute:
      return "#define MAPPED abs(x)\n";
    case ReductionMap::square:
      return "#define MAPPED (x * x)\n";
    case ReductionMap::exponential:
      return "#define MAPPED Exp(x - shift)\n#define SHIFTED\n";
  }
  return {};
}

std::string CombineText(ReductionCombine combine) {
  switch (combine) {
    case ReductionCombine::sum:
      return "#define START 0.0\n#define COMBINED(a, b) ((a) + (b))\n";
    case ReductionCombine::product:
      return "#define START 1.0\n#define COMBINED(a, b) ((a) * (b))\n";
    case ReductionCombine::max:
      return "#define START -intBitsToFloat(0x7f800000)\n#define COMBINED Largest\n";
    case ReductionCombine::min:
      return "#define START intBitsToFloat(0x7f800000)\n#define COMBINED Smallest\n";
  }
  return {};
}

std::string FinishText(ReductionFinish finish) {
  switch (finish) {
    case ReductionFinish::none:
      return "#define FINISHED y\n";
    case ReductionFinish::mean:
      return "#define FINISHED (y / float(LENGTH))\n";
    case ReductionFinish::root:
      return "#define FINISHED sqrt(y)\n";
    case ReductionFinish::log:
      return "#define FINISHED (Log(y) + shift)\n";
  }
  return {};
}

class ReduceOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<ReduceOp>();
    op->attributes_ = std::get<ReduceAttributes>(context.node().attributes);
    const Reduction reduction = ReductionOf(context.node().kind);
    ALICE_ASSIGN_OR_RETURN(op->x_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_ASSIGN_OR_RETURN(
        op->program_, context.builder.ProgramOf({.draws = Draws::floats,
                                                 .sources = {"values"},
                                                 .parameters = {"KEPT", "REDUCED", "LENGTH"},
                                                 .body = kReduceBody,
                                                 .functions = {kElementaryFunctions},
                                                 .defines = MapText(reduction.map) + CombineText(reduction.combine) +
                                                            FinishText(reduction.finish)}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const Shape& x = binding.inputs[0];
    const ReducePlan plan = PlanReduction(x, ReducedAxes(attributes_, x.rank()));
    std::array<std::int64_t, kMaxRank> strides{};
    std::int64_t stride = 1;
    for (std::size_t axis = plan.rank; axis-- > 0;) {
      strides[axis] = stride;
      stride *= AxisSize(plan.axes[axis].size);
    }
    std::array<std::int64_t, 3 + 2 * kMaxRank> parameters{};
    std::size_t next = 3;
    for (const bool is_reduced : {false, true}) {
      for (std::size_t axis = 0; axis < plan.rank; ++axis) {
        if ((plan.axes[axis].y_stride == 0) != is_reduced) continue;
        ++parameters[is_reduced ? 1 : 0];
        parameters[next++] = AxisSize(plan.axes[axis].size);
        parameters[next++] = strides[axis];
      }
    }
    parameters[2] = AxisSize(plan.count());
    draws.Add(program_, y_, {x_}, ParametersOf(plan.y_elements, parameters));
  }

 private:
  ReduceAttributes attributes_;
  Slot x_ = kNoSlot, y_ = kNoSlot;
  const Program* program_ = nullptr;
};

bool CanDrawReduction(const Graph& graph, const SegmentNode& at) {
  const auto& reduce = std::get<ReduceAttributes>(at.node->attributes);
  const bool is_copy = reduce.axes.rank() == 0 && reduce.noop_without_axes;
  return !is_copy && IsFloat(graph, *at.node);
}

}  // namespace

const DrawnFamily kReductions{CanDrawReduction, ReduceOp::Create};

}  // namespace alice::webgl
