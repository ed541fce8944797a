#include <cmath>
#include <type_traits>

#include "backends/cpu/arithmetic.h"
#include "backends/cpu/ops.h"
#include "tensor/cast.h"

namespace alice {
namespace {

/// base^exponent, wrapping around; below 0 the exponent of what has no inverse among the integers gives 0.
template <typename T>
T PowerOfInteger(T base, std::int64_t exponent) {
  using Wide = std::make_unsigned_t<T>;
  if (exponent < 0) {
    if (base == -1) return exponent % 2 == 0 ? 1 : -1;
    return base == 1 ? 1 : 0;
  }
  Wide result = 1;
  auto square = static_cast<Wide>(base);
  for (auto rest = static_cast<std::uint64_t>(exponent); rest != 0; rest >>= 1) {
    if ((rest & 1) != 0) result *= square;
    square *= square;
  }
  return static_cast<T>(result);
}

template <typename T, typename E>
T Power(T base, E exponent) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::pow(base, static_cast<float>(exponent));
  } else if constexpr (std::is_floating_point_v<E>) {
    constexpr float kMost = 0x1p62f;
    if (std::rint(exponent) == exponent && std::fabs(exponent) < kMost) {
      return PowerOfInteger(base, static_cast<std::int64_t>(exponent));
    }
    const float power = std::pow(static_cast<float>(base), exponent);
    T result{};
    CastElements(DType::f32, &power, 1, DTypeOf<T>, &result);
    return result;
  } else {
    return PowerOfInteger(base, static_cast<std::int64_t>(exponent));
  }
}

template <typename T>
ElementFunction PowerOf(DType exponent) {
  return WithNumber(exponent, [](auto zero) {
    using E = decltype(zero);
    return ElementFunction::Of<T, E, T>([](T a, E b) { return Power(a, b); });
  });
}

ElementFunction PowerOf(DType base, DType exponent) {
  if (base == DType::f32) return PowerOf<float>(exponent);
  return base == DType::i32 ? PowerOf<std::int32_t>(exponent) : PowerOf<std::int64_t>(exponent);
}

/// ONNX Pow-15. Squares and cubes of floats, which are what models ask for, are products.
class PowOp final : public Op {
 public:
  explicit PowOp(const CompileContext& context)
      : function_(PowerOf(context.input(0).dtype, context.input(1).dtype)),
        multiply_(BinaryOp::mul, DType::f32, context.isa),
        is_f32_(context.input(0).dtype == DType::f32 && context.input(1).dtype == DType::f32) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    plan_ = MakeBroadcastPlan(binding.inputs[0], binding.inputs[1]);
    has_one_exponent_ = is_f32_ && binding.inputs[1].elements() == 1;
    product_ = MakeBroadcastPlan(binding.outputs[0], binding.outputs[0]);
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const std::byte* const x = io.inputs[0];
    std::byte* const y = io.outputs[0];
    const float exponent = has_one_exponent_ ? *reinterpret_cast<const float*>(io.inputs[1]) : 0.0f;
    if (exponent != 2.0f && exponent != 3.0f) return function_.Run(plan_, x, io.inputs[1], y);
    multiply_.Run(product_, x, x, {}, y);
    if (exponent == 3.0f) multiply_.Run(product_, y, x, {}, y);
  }

 private:
  ElementFunction function_;
  Arithmetic multiply_;
  bool is_f32_;
  bool has_one_exponent_ = false;
  BroadcastPlan plan_{}, product_{};
};

}  // namespace

CompiledOp CompilePow(const CompileContext& context) { return std::unique_ptr<Op>(std::make_unique<PowOp>(context)); }

}  // namespace alice
