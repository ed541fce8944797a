#include "backends/cpu/ops.h"
#include "kernels/softmax_f32/softmax_f32.h"

namespace alice {
namespace {

class SoftmaxOp final : public Op {
 public:
  explicit SoftmaxOp(const CompileContext& context)
      : run_(context.node.kind == OpKind::LogSoftmax ? LogSoftmaxF32 : SelectSoftmaxF32(context.isa).run),
        attributes_(std::get<SoftmaxAttributes>(context.node.attributes)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& shape = binding.inputs[0];
    const auto rank = static_cast<std::int64_t>(shape.rank());
    const auto axis = static_cast<std::size_t>(attributes_.axis < 0 ? attributes_.axis + rank : attributes_.axis);
    const std::size_t axis_end = attributes_.flatten_from_axis ? shape.rank() : axis + 1;
    outer_ = static_cast<std::size_t>(shape.Product(0, axis));
    size_ = static_cast<std::size_t>(shape.Product(axis, axis_end));
    inner_ = static_cast<std::size_t>(shape.Product(axis_end, shape.rank()));
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    if (size_ == 0) return;
    run_(outer_, size_, inner_, reinterpret_cast<const float*>(io.inputs[0]), reinterpret_cast<float*>(io.outputs[0]));
  }

 private:
  decltype(SoftmaxF32Kernel::run) run_;
  SoftmaxAttributes attributes_;
  std::size_t outer_ = 0, size_ = 0, inner_ = 0;
};

}  // namespace

CompiledOp CompileSoftmax(const CompileContext& context) {
  if (context.input(0).dtype != DType::f32) {
    return MakeError(ErrorCode::model_unsupported_type, InfoOf(context.node.kind).name, " of ",
                     DTypeName(context.input(0).dtype), " is not supported: f32 only");
  }
  return std::unique_ptr<Op>(std::make_unique<SoftmaxOp>(context));
}

}  // namespace alice
