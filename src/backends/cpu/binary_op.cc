#include "backends/cpu/arithmetic.h"
#include "backends/cpu/ops.h"

namespace alice {
namespace {

class BinaryOpNode final : public Op {
 public:
  BinaryOpNode(const CompileContext& context, BinaryOp op)
      : arithmetic_(op, context.input(0).dtype, context.isa), activation_(context.node.activation) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    plan_ = MakeBroadcastPlan(binding.inputs[0], binding.inputs[1]);
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    arithmetic_.Run(plan_, io.inputs[0], io.inputs[1], activation_, io.outputs[0]);
  }

 private:
  Arithmetic arithmetic_;
  Activation activation_;
  BroadcastPlan plan_{};
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
