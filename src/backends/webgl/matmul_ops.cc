// MatMul of two tensors that are both made at run time.
#include "backends/cpu/matmul_plan.h"
#include "backends/webgl/drawn_op.h"

namespace alice::webgl {
namespace {

// The axes of the matrices, three parameters each: size, and how many matrices further the next is on either side.
constexpr std::string_view kMatMulBody = R"(
#ifdef WHOLE_QUADS
#define SUM vec4
#define RIGHT(i) Floats(right, i)
#else
#define SUM float
#define RIGHT(i) Float(right, i)
#endif
SUM SumAt(int i) {
  int line = i / N;
  int column = i - line * N;
  int matrix = line / M;
  int row = line - matrix * M;
  int of_left = 0;
  int of_right = 0;
  for (int axis = RANK - 1; axis >= 0; --axis) {
    int size = p[5 + 3 * axis];
    int before = matrix / size;
    int place = matrix - before * size;
    of_left += place * p[6 + 3 * axis];
    of_right += place * p[7 + 3 * axis];
    matrix = before;
  }
  int at_left = (of_left * M + row) * K;
  int at_right = of_right * K * N + column;
  SUM y = SUM(0.0);
  for (int k = 0; k < K; ++k) y += Float(left, at_left + k) * RIGHT(at_right + k * N);
  return Activated(y);
}
#ifdef WHOLE_QUADS
vec4 Quad(int i) { return SumAt(i << 2); }
#else
float Element(int i) { return SumAt(i); }
#endif
)";

class MatMulOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<MatMulOp>();
    op->activation_ = context.node().activation;
    ALICE_ASSIGN_OR_RETURN(op->a_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->b_, context.InputSlot(1));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    const auto& dims = context.input(1).shape.dims;
    const bool has_whole_quads = dims.size() > 1 && dims.back().known() && dims.back().size % 4 == 0;
    ALICE_ASSIGN_OR_RETURN(op->program_,
                           context.builder.ProgramOf({.draws = has_whole_quads ? Draws::quads : Draws::floats,
                                                      .sources = {"left", "right"},
                                                      .parameters = {"M", "N", "K", "RANK"},
                                                      .body = kMatMulBody,
                                                      .activation = op->activation_,
                                                      .defines = has_whole_quads ? "#define WHOLE_QUADS\n" : ""}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const MatMulPlan plan = MakeMatMulPlan(binding.inputs[0], binding.inputs[1]);
    const std::size_t rank = plan.batches.rank;
    std::array<std::int64_t, 4 + 3 * kMaxRank> parameters{AxisSize(plan.m), AxisSize(plan.n), AxisSize(plan.k),
                                                          AxisSize(rank)};
    for (std::size_t axis = 0; axis < rank; ++axis) {
      parameters[4 + 3 * axis] = AxisSize(plan.batches.axes[axis].size);
      parameters[5 + 3 * axis] = AxisSize(plan.batches.axes[axis].a_stride);
      parameters[6 + 3 * axis] = AxisSize(plan.batches.axes[axis].b_stride);
    }
    draws.Add(
        program_, y_, {a_, b_},
        ParametersOf(Index(binding.outputs[0].elements()), std::span(parameters).first(4 + 3 * rank), activation_));
  }

 private:
  Activation activation_;
  Slot a_ = kNoSlot, b_ = kNoSlot, y_ = kNoSlot;
  const Program* program_ = nullptr;
};

bool CanDrawMatMul(const Graph& graph, const SegmentNode& at) {
  constexpr std::size_t kMostMatrixAxes = 7;  // of the matrices, as parameters have room for
  const std::size_t rank = graph.value(at.node->outputs[0]).shape.dims.size();
  return IsFloat(graph, *at.node) && rank <= kMostMatrixAxes + 2;
}

}  // namespace

const DrawnFamily kMatMul{CanDrawMatMul, MatMulOp::Create};

}  // namespace alice::webgl
