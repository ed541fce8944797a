#include "backends/cpu/ops.h"
#include "backends/cpu/pieces.h"
#include "kernels/activation_f32/activation_f32.h"
#include "tensor/cast.h"

namespace alice {
namespace {

class ActivationNode final : public Op {
 public:
  explicit ActivationNode(const CompileContext& context)
      : kernel_(SelectActivationF32(context.isa)), activation_(std::get<Activation>(context.node.attributes)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    pieces_ = ElementPieces(static_cast<std::size_t>(binding.outputs[0].elements()), binding.threads);
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    pieces_.ForEach(io.threads, [&](std::size_t first, std::size_t count, std::size_t /*thread*/) {
      kernel_.run(activation_, x + first, count, y + first);
    });
  }

 private:
  const ActivationF32Kernel& kernel_;
  Activation activation_;
  Pieces pieces_;
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

CompiledOp CompileActivation(const CompileContext& context) {
  ALICE_RETURN_IF_ERROR(RequireF32(context));
  return std::unique_ptr<Op>(std::make_unique<ActivationNode>(context));
}

CompiledOp CompileCast(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<CastNode>(context));
}

}  // namespace alice
