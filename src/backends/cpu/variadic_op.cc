#include <vector>

#include "backends/cpu/arithmetic.h"
#include "backends/cpu/ops.h"

namespace alice {
namespace {

/// Max, Mean, Min and Sum: the inputs joined one after the other into the result (ONNX Max-13, Mean-13, Min-13, Sum-13).
class VariadicOp final : public Op {
 public:
  VariadicOp(const CompileContext& context, BinaryOp op, bool is_mean)
      : join_(op, context.input(0).dtype, context.isa),
        first_(FirstOperand(SizeOf(context.input(0).dtype))),
        plans_(context.node.inputs.size()),
        count_(is_mean ? static_cast<float>(plans_.size()) : 1.0f),
        divide_(BinaryOp::div, DType::f32, context.isa) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& result = binding.outputs[0];
    const Shape& first = binding.inputs[0];
    starts_with_two_ = plans_.size() > 1 && BroadcastShape(first, binding.inputs[1]) == result;
    plans_[0] =
        starts_with_two_ ? MakeBroadcastPlan(first, binding.inputs[1]) : MakeBroadcastPlan(first, first, result);
    for (std::size_t index = 1; index < plans_.size(); ++index) {
      plans_[index] = MakeBroadcastPlan(result, binding.inputs[index]);
    }
    by_count_ = MakeBroadcastPlan(result, Shape{});
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    std::byte* const y = io.outputs[0];
    if (starts_with_two_) {
      join_.Run(plans_[0], io.inputs[0], io.inputs[1], {}, y);
    } else {
      first_.Run(plans_[0], io.inputs[0], io.inputs[0], y);
    }
    for (std::size_t index = starts_with_two_ ? 2 : 1; index < plans_.size(); ++index) {
      join_.Run(plans_[index], y, io.inputs[index], {}, y);
    }
    if (count_ != 1.0f) divide_.Run(by_count_, y, reinterpret_cast<const std::byte*>(&count_), {}, y);
  }

 private:
  Arithmetic join_;
  ElementFunction first_;
  std::vector<BroadcastPlan> plans_;  ///< one an input: how it joins those before
  float count_;
  Arithmetic divide_;
  BroadcastPlan by_count_{};
  bool starts_with_two_ = false;  ///< the first two have the result's shape together; otherwise the first is spread out
};

}  // namespace

CompiledOp CompileVariadic(const CompileContext& context) {
  const auto make = [&](BinaryOp op) {
    return std::unique_ptr<Op>(std::make_unique<VariadicOp>(context, op, context.node.kind == OpKind::Mean));
  };
  switch (context.node.kind) {
    case OpKind::Max:
      return make(BinaryOp::max);
    case OpKind::Min:
      return make(BinaryOp::min);
    default:
      return make(BinaryOp::add);
  }
}

}  // namespace alice
