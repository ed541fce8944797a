#include "backends/cpu/ops.h"
#include "kernels/binary_f32/for_each_row.h"

namespace alice {
namespace {

/// Writes the elements of one of the operands where the condition is `wanted`, and leaves the others alone.
template <typename T, bool wanted>
void WriteWhere(const BroadcastPlan& plan, const bool* condition, const std::byte* operand, std::byte* result) {
  const BroadcastPlan::Axis inner = plan.axes[plan.rank - 1];
  const auto* const x = reinterpret_cast<const T*>(operand);
  auto* const y = reinterpret_cast<T*>(result);
  ForEachRow(plan, [&](std::size_t condition_offset, std::size_t x_offset, std::size_t y_offset) {
    for (std::size_t i = 0; i < inner.size; ++i) {
      if (condition[condition_offset + i * inner.a_stride] != wanted) continue;
      y[y_offset + i] = x[x_offset + i * inner.b_stride];
    }
  });
}

/// ONNX Where-16, of any elements as wide as T.
template <typename T>
class WhereOp final : public Op {
 public:
  Result<std::uint64_t> Bind(const Binding& binding) override {
    if_true_ = MakeBroadcastPlan(binding.inputs[0], binding.inputs[1], binding.outputs[0]);
    if_false_ = MakeBroadcastPlan(binding.inputs[0], binding.inputs[2], binding.outputs[0]);
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* const condition = reinterpret_cast<const bool*>(io.inputs[0]);
    WriteWhere<T, true>(if_true_, condition, io.inputs[1], io.outputs[0]);
    WriteWhere<T, false>(if_false_, condition, io.inputs[2], io.outputs[0]);
  }

 private:
  BroadcastPlan if_true_{}, if_false_{};
};

}  // namespace

CompiledOp CompileWhere(const CompileContext& context) {
  switch (SizeOf(context.input(1).dtype)) {
    case 1:
      return std::unique_ptr<Op>(std::make_unique<WhereOp<std::uint8_t>>());
    case 4:
      return std::unique_ptr<Op>(std::make_unique<WhereOp<std::uint32_t>>());
    default:
      return std::unique_ptr<Op>(std::make_unique<WhereOp<std::uint64_t>>());
  }
}

}  // namespace alice
