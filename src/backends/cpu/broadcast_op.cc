#include <cmath>
#include <functional>
#include <type_traits>

#include "backends/cpu/element_function.h"
#include "backends/cpu/ops.h"

namespace alice {
namespace {

/// A function of the elements of two inputs.
class BroadcastOp final : public Op {
 public:
  /// With `swaps`, the second input is the function's first operand.
  explicit BroadcastOp(const ElementFunction& function, bool swaps = false) : function_(function), swaps_(swaps) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    plan_ = MakeBroadcastPlan(binding.inputs[First()], binding.inputs[1 - First()]);
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    function_.Run(plan_, io.inputs[First()], io.inputs[1 - First()], io.outputs[0]);
  }

 private:
  [[nodiscard]] std::size_t First() const { return swaps_ ? 1 : 0; }

  ElementFunction function_;
  bool swaps_;
  BroadcastPlan plan_{};
};

CompiledOp Make(const ElementFunction& function, bool swaps = false) {
  return std::unique_ptr<Op>(std::make_unique<BroadcastOp>(function, swaps));
}

template <typename Comparison>
ElementFunction CompareElements(DType dtype) {
  return WithNumber(dtype, [](auto zero) {
    using T = decltype(zero);
    return ElementFunction::Of<T, T, bool>([](T a, T b) { return Comparison{}(a, b); });
  });
}

template <typename Function>
ElementFunction OfBooleans(Function function) {
  return ElementFunction::Of<bool, bool, bool>(function);
}

/// The remainder with the sign of b, or with fmod that of a; 0 by 0.
template <bool fmod, typename T>
T Remainder(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(a, b);
  } else {
    if (b == 0) return 0;
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return 0;  // the lowest one has no quotient
    }
    const T remainder = static_cast<T>(a % b);
    const bool is_of_other_sign = !fmod && remainder != 0 && (remainder < 0) != (b < 0);
    return is_of_other_sign ? static_cast<T>(remainder + b) : remainder;
  }
}

template <bool left>
ElementFunction Shift() {
  return ElementFunction::Of<std::uint8_t, std::uint8_t, std::uint8_t>([](std::uint8_t a, std::uint8_t bits) {
    if (bits >= 8) return std::uint8_t{0};
    return static_cast<std::uint8_t>(left ? a << bits : a >> bits);
  });
}

}  // namespace

CompiledOp CompileComparison(const CompileContext& context) {
  const DType dtype = context.input(0).dtype;
  switch (context.node.kind) {
    case OpKind::Equal:
      return Make(CompareElements<std::equal_to<>>(dtype == DType::boolean ? DType::u8 : dtype));
    case OpKind::Greater:
      return Make(CompareElements<std::less<>>(dtype), true);
    case OpKind::GreaterOrEqual:
      return Make(CompareElements<std::less_equal<>>(dtype), true);
    case OpKind::Less:
      return Make(CompareElements<std::less<>>(dtype));
    default:
      return Make(CompareElements<std::less_equal<>>(dtype));
  }
}

CompiledOp CompileLogical(const CompileContext& context) {
  switch (context.node.kind) {
    case OpKind::And:
      return Make(OfBooleans([](bool a, bool b) { return a && b; }));
    case OpKind::Or:
      return Make(OfBooleans([](bool a, bool b) { return a || b; }));
    default:
      return Make(OfBooleans([](bool a, bool b) { return a != b; }));
  }
}

CompiledOp CompileMod(const CompileContext& context) {
  const bool fmod = std::get<ModAttributes>(context.node.attributes).fmod;
  return Make(WithNumber(context.input(0).dtype, [fmod](auto zero) {
    using T = decltype(zero);
    if (fmod) return ElementFunction::Of<T, T, T>([](T a, T b) { return Remainder<true>(a, b); });
    return ElementFunction::Of<T, T, T>([](T a, T b) { return Remainder<false>(a, b); });
  }));
}

CompiledOp CompileBitShift(const CompileContext& context) {
  return Make(std::get<BitShiftAttributes>(context.node.attributes).left ? Shift<true>() : Shift<false>());
}

}  // namespace alice
