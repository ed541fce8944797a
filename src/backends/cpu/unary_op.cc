#include <type_traits>

#include "backends/cpu/element_function.h"
#include "backends/cpu/ops.h"
#include "kernels/unary_f32/unary_f32.h"

namespace alice {
namespace {

class UnaryF32Op final : public Op {
 public:
  UnaryF32Op(const CompileContext& context, UnaryOp op) : kernel_(SelectUnaryF32(context.isa)), op_(op) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    elements_ = static_cast<std::size_t>(binding.outputs[0].elements());
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    kernel_.run(op_, reinterpret_cast<const float*>(io.inputs[0]), elements_, reinterpret_cast<float*>(io.outputs[0]));
  }

 private:
  const UnaryF32Kernel& kernel_;
  UnaryOp op_;
  std::size_t elements_ = 0;
};

/// A function of one element of another type.
class MapOp final : public Op {
 public:
  using Loop = void (*)(const std::byte* x, std::size_t n, std::byte* y);

  /// `function` (T → T) is a lambda without captures.
  template <typename T, typename Function>
  static CompiledOp Of(Function /*function*/) {
    return std::unique_ptr<Op>(std::make_unique<MapOp>([](const std::byte* from, std::size_t n, std::byte* to) {
      const auto* const x = reinterpret_cast<const T*>(from);
      auto* const y = reinterpret_cast<T*>(to);
      for (std::size_t i = 0; i < n; ++i) y[i] = Function{}(x[i]);
    }));
  }

  explicit MapOp(Loop run) : run_(run) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    elements_ = static_cast<std::size_t>(binding.outputs[0].elements());
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override { run_(io.inputs[0], elements_, io.outputs[0]); }

 private:
  Loop run_;
  std::size_t elements_ = 0;
};

/// −x in two's complement; the lowest one stays.
template <typename T>
T Opposite(T x) {
  using Wide = std::make_unsigned_t<std::common_type_t<T, int>>;
  return static_cast<T>(Wide{0} - static_cast<Wide>(x));
}

CompiledOp CompileUnaryInteger(const CompileContext& context) {
  return WithInteger(context.input(0).dtype, [&](auto zero) -> CompiledOp {
    using T = decltype(zero);
    switch (context.node.kind) {
      case OpKind::Abs:
        return MapOp::Of<T>([](T x) { return x < 0 ? Opposite(x) : x; });
      case OpKind::Neg:
        return MapOp::Of<T>([](T x) { return Opposite(x); });
      default:
        return MapOp::Of<T>([](T x) { return static_cast<T>((x > 0) - (x < 0)); });
    }
  });
}

}  // namespace

CompiledOp CompileUnary(const CompileContext& context) {
  if (context.input(0).dtype != DType::f32) return CompileUnaryInteger(context);
  switch (context.node.kind) {
#define ALICE_UNARY_OP(name, kind, expression) \
  case OpKind::kind:                           \
    return std::unique_ptr<Op>(std::make_unique<UnaryF32Op>(context, UnaryOp::name));
#include "kernels/unary_f32/unary_op.inc"
#undef ALICE_UNARY_OP
    default:
      return MakeError(ErrorCode::internal, InfoOf(context.node.kind).name, " is no function of one f32");
  }
}

CompiledOp CompileNot(const CompileContext& /*context*/) {
  return MapOp::Of<bool>([](bool x) { return !x; });
}

}  // namespace alice
