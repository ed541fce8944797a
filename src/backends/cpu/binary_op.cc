#include <algorithm>

#include "backends/cpu/arithmetic.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/pieces.h"

namespace alice {
namespace {

class BinaryOpNode final : public Op {
 public:
  BinaryOpNode(const CompileContext& context, BinaryOp op)
      : arithmetic_(op, context.input(0).dtype, context.isa),
        element_bytes_(SizeOf(context.input(0).dtype)),
        activation_(context.node.activation) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    plan_ = MakeBroadcastPlan(binding.inputs[0], binding.inputs[1]);
    const std::size_t rows = plan_.axes[0].size;
    const std::size_t row = rows == 0 ? 1 : std::max<std::size_t>(plan_.elements / rows, 1);
    // Rows of one element are elements: pieces of them begin where vectors do.
    pieces_ = {rows,
               {.most = rows, .least = (kLeastElements + row - 1) / row, .multiple = row == 1 ? kPieceElements : 1},
               binding.threads};
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const BroadcastPlan::Axis& rows = plan_.axes[0];
    if (pieces_.number() <= 1) {
      return arithmetic_.Run(plan_, io.inputs[0], io.inputs[1], activation_, io.outputs[0]);
    }
    const std::size_t row_bytes = plan_.elements / rows.size * element_bytes_;
    pieces_.ForEach(io.threads, [&](std::size_t first, std::size_t count, std::size_t /*thread*/) {
      const std::size_t first_bytes = first * element_bytes_;
      arithmetic_.Run(plan_.Part(count), io.inputs[0] + first_bytes * rows.a_stride,
                      io.inputs[1] + first_bytes * rows.b_stride, activation_, io.outputs[0] + first * row_bytes);
    });
  }

 private:
  Arithmetic arithmetic_;
  std::size_t element_bytes_;
  Activation activation_;
  BroadcastPlan plan_{};
  Pieces pieces_;  ///< of its outermost axis
};

}  // namespace

CompiledOp CompileBinary(const CompileContext& context) {
  switch (context.node.kind) {
#define ALICE_BINARY_OP(name, kind, expression) \
  case OpKind::kind:                            \
    return std::unique_ptr<Op>(std::make_unique<BinaryOpNode>(context, BinaryOp::name));
#include "kernels/binary_f32/binary_op.inc"
#undef ALICE_BINARY_OP
    default:
      return MakeError(ErrorCode::internal, InfoOf(context.node.kind).name, " is no arithmetic of two operands");
  }
}

}  // namespace alice
