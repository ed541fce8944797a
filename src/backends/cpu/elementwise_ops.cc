#include <algorithm>

#include "backends/cpu/ops.h"
#include "kernels/activation_f32/activation_f32.h"
#include "kernels/binary_f32/binary_f32.h"
#include "numeric/elementary.h"
#include "tensor/cast.h"

namespace alice {
namespace {

class BinaryOpNode final : public Op {
 public:
  BinaryOpNode(const CompileContext& context, BinaryOp op)
      : kernel_(SelectBinaryF32(context.isa)), op_(op), activation_(context.node.activation) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    plan_ = MakeBroadcastPlan(binding.inputs[0], binding.inputs[1]);
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    kernel_.run(op_, plan_, reinterpret_cast<const float*>(io.inputs[0]), reinterpret_cast<const float*>(io.inputs[1]),
                activation_, reinterpret_cast<float*>(io.outputs[0]));
  }

 private:
  const BinaryF32Kernel& kernel_;
  BinaryOp op_;
  Activation activation_;
  BroadcastPlan plan_{};
};

class ActivationNode final : public Op {
 public:
  explicit ActivationNode(const CompileContext& context)
      : kernel_(SelectActivationF32(context.isa)), activation_(std::get<Activation>(context.node.attributes)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    elements_ = static_cast<std::size_t>(binding.outputs[0].elements());
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    kernel_.run(activation_, reinterpret_cast<const float*>(io.inputs[0]), elements_,
                reinterpret_cast<float*>(io.outputs[0]));
  }

 private:
  const ActivationF32Kernel& kernel_;
  Activation activation_;
  std::size_t elements_ = 0;
};

class ExpNode final : public Op {
 public:
  Result<std::uint64_t> Bind(const Binding& binding) override {
    elements_ = static_cast<std::size_t>(binding.outputs[0].elements());
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    std::transform(x, x + elements_, reinterpret_cast<float*>(io.outputs[0]), [](float e) { return Exp(e); });
  }

 private:
  std::size_t elements_ = 0;
};

class CastNode final : public Op {
 public:
  explicit CastNode(const CompileContext& context)
      : from_(context.input(0).dtype), to_(std::get<CastAttributes>(context.node.attributes).to) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    elements_ = static_cast<std::size_t>(binding.outputs[0].elements());
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override { CastElements(from_, io.inputs[0], elements_, to_, io.outputs[0]); }

 private:
  DType from_, to_;
  std::size_t elements_ = 0;
};

BinaryOp BinaryOpOf(OpKind kind) {
  switch (kind) {
    case OpKind::Sub:
      return BinaryOp::sub;
    case OpKind::Mul:
      return BinaryOp::mul;
    case OpKind::Div:
      return BinaryOp::div;
    default:
      return BinaryOp::add;
  }
}

Status RequireF32(const CompileContext& context) {
  for (const ValueId id : context.node.inputs) {
    const DType dtype = context.graph.value(id).dtype;
    if (dtype != DType::f32) {
      return MakeError(ErrorCode::model_unsupported_type, InfoOf(context.node.kind).name, " of ", DTypeName(dtype),
                       " is not supported: f32 only");
    }
  }
  return {};
}

}  // namespace

CompiledOp CompileBinary(const CompileContext& context) {
  const BinaryOp op = BinaryOpOf(context.node.kind);
  if (context.input(0).dtype != DType::f32 && op != BinaryOp::div) return CompileIntegerBinary(context, op);
  ALICE_RETURN_IF_ERROR(RequireF32(context));
  return std::unique_ptr<Op>(std::make_unique<BinaryOpNode>(context, op));
}

CompiledOp CompileActivation(const CompileContext& context) {
  ALICE_RETURN_IF_ERROR(RequireF32(context));
  return std::unique_ptr<Op>(std::make_unique<ActivationNode>(context));
}

CompiledOp CompileExp(const CompileContext& context) {
  ALICE_RETURN_IF_ERROR(RequireF32(context));
  return std::unique_ptr<Op>(std::make_unique<ExpNode>());
}

CompiledOp CompileCast(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<CastNode>(context));
}

}  // namespace alice
