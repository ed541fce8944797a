#include <type_traits>

#include "backends/cpu/ops.h"
#include "kernels/binary_f32/binary_f32.h"
#include "kernels/binary_f32/for_each_row.h"

namespace alice {
namespace {

/// a op b in two's complement, the high bits dropped.
template <typename T>
T ApplyWrapping(BinaryOp op, T a, T b) {
  using Promoted = std::common_type_t<T, int>;
  using Wide = std::make_unsigned_t<Promoted>;
  const auto x = static_cast<Wide>(Promoted{a});
  const auto y = static_cast<Wide>(Promoted{b});
  switch (op) {
#define ALICE_BINARY_OP(name, operator) \
  case BinaryOp::name:                  \
    return static_cast<T>(x operator y);
#include "kernels/binary_f32/binary_op.inc"
#undef ALICE_BINARY_OP
  }
  return T{};
}

/// Add, Sub and Mul of integers (ONNX Add-14, Sub-14, Mul-14).
template <typename T>
class IntegerBinaryOp final : public Op {
 public:
  explicit IntegerBinaryOp(BinaryOp op) : op_(op) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    plan_ = MakeBroadcastPlan(binding.inputs[0], binding.inputs[1]);
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* a = reinterpret_cast<const T*>(io.inputs[0]);
    const auto* b = reinterpret_cast<const T*>(io.inputs[1]);
    auto* y = reinterpret_cast<T*>(io.outputs[0]);
    const BroadcastPlan::Axis inner = plan_.axes[plan_.rank - 1];
    ForEachRow(plan_, [&](std::size_t a_offset, std::size_t b_offset, std::size_t y_offset) {
      for (std::size_t i = 0; i < inner.size; ++i) {
        y[y_offset + i] = ApplyWrapping(op_, a[a_offset + i * inner.a_stride], b[b_offset + i * inner.b_stride]);
      }
    });
  }

 private:
  BinaryOp op_;
  BroadcastPlan plan_{};
};

}  // namespace

CompiledOp CompileIntegerBinary(const CompileContext& context, BinaryOp op) {
  switch (context.input(0).dtype) {
    case DType::u8:
      return std::unique_ptr<Op>(std::make_unique<IntegerBinaryOp<std::uint8_t>>(op));
    case DType::s8:
      return std::unique_ptr<Op>(std::make_unique<IntegerBinaryOp<std::int8_t>>(op));
    case DType::i32:
      return std::unique_ptr<Op>(std::make_unique<IntegerBinaryOp<std::int32_t>>(op));
    case DType::i64:
      return std::unique_ptr<Op>(std::make_unique<IntegerBinaryOp<std::int64_t>>(op));
    default:
      break;
  }
  return MakeError(ErrorCode::model_unsupported_type, InfoOf(context.node.kind).name, " of ",
                   DTypeName(context.input(0).dtype), " is not integer arithmetic");
}

}  // namespace alice
