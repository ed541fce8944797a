#include "backends/cpu/arithmetic.h"

#include <algorithm>
#include <type_traits>

namespace alice {
namespace {

/// Numbers of which the arithmetic wraps around and keeps the bits of T.
template <typename T>
using Wide = std::make_unsigned_t<std::common_type_t<T, int>>;
template <typename T>
Wide<T> Widened(T x) {
  return static_cast<Wide<T>>(std::common_type_t<T, int>{x});
}

template <typename T>
T Quotient(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(Wide<T>{0} - Widened(a));  // the lowest one has no opposite
  }
  return static_cast<T>(a / b);
}

template <BinaryOp op, typename T>
T CombinedIntegers(T a, T b) {
  using enum BinaryOp;
  const auto x = Widened(a);
  const auto y = Widened(b);
  if constexpr (op == add) {
    return static_cast<T>(x + y);
  } else if constexpr (op == sub) {
    return static_cast<T>(x - y);
  } else if constexpr (op == mul) {
    return static_cast<T>(x * y);
  } else if constexpr (op == div) {
    return Quotient(a, b);
  } else if constexpr (op == max) {
    return std::max(a, b);
  } else if constexpr (op == min) {
    return std::min(a, b);
  } else {
    static_assert(op == prelu);
    return a < 0 ? static_cast<T>(x * y) : a;
  }
}

ElementFunction IntegersOf(BinaryOp op, DType dtype) {
  return WithInteger(dtype, [op](auto zero) {
    using T = decltype(zero);
    switch (op) {
#define ALICE_BINARY_OP(name, kind, expression) \
  case BinaryOp::name:                          \
    return ElementFunction::Of<T, T, T>([](T a, T b) { return CombinedIntegers<BinaryOp::name>(a, b); });
#include "kernels/binary_f32/binary_op.inc"
#undef ALICE_BINARY_OP
    }
    return ElementFunction{};
  });
}

}  // namespace

Arithmetic::Arithmetic(BinaryOp op, DType dtype, Isa isa) : op_(op) {
  if (dtype == DType::f32) {
    kernel_ = &SelectBinaryF32(isa);
  } else {
    integers_ = IntegersOf(op, dtype);
  }
}

void Arithmetic::Run(const BroadcastPlan& plan, const std::byte* a, const std::byte* b, const Activation& activation,
                     std::byte* y) const {
  if (kernel_ == nullptr) return integers_.Run(plan, a, b, y);
  kernel_->run(op_, plan, reinterpret_cast<const float*>(a), reinterpret_cast<const float*>(b), activation,
               reinterpret_cast<float*>(y));
}

}  // namespace alice
