#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/binary_f32/broadcast_plan.h"
#include "tensor/dtype.h"

namespace alice {

/// A function of two elements, as the loop that applies it to a run of them.
struct ElementFunction {
  /// y[i] = function(a[i · a_stride], b[i · b_stride]) for i in [0, n); the strides are 0 or 1.
  using Row = void (*)(const std::byte* a, std::size_t a_stride, const std::byte* b, std::size_t b_stride,
                       std::size_t n, std::byte* y);
  Row row;
  std::size_t a_bytes, b_bytes, y_bytes;  ///< of an element

  /// `function` (A, B → Y) is a lambda without captures.
  template <typename A, typename B, typename Y, typename Function>
  static ElementFunction Of(Function /*function*/) {
    const Row row = [](const std::byte* a, std::size_t a_stride, const std::byte* b, std::size_t b_stride,
                       std::size_t n, std::byte* y) {
      const auto* const first = reinterpret_cast<const A*>(a);
      const auto* const second = reinterpret_cast<const B*>(b);
      auto* const result = reinterpret_cast<Y*>(y);
      for (std::size_t i = 0; i < n; ++i) result[i] = Function{}(first[i * a_stride], second[i * b_stride]);
    };
    return {row, sizeof(A), sizeof(B), sizeof(Y)};
  }

  /// y = function(a, b), broadcast as `plan` says. y may be an operand that has the result's shape and size of elements.
  void Run(const BroadcastPlan& plan, const std::byte* a, const std::byte* b, std::byte* y) const;
};

/// The first operand, of any type whose elements have `bytes` (1, 4 or 8).
ElementFunction FirstOperand(std::size_t bytes);

/// visit(T()) with the C++ type T of `dtype`, an integer.
template <typename Visit>
auto WithInteger(DType dtype, const Visit& visit) {
  switch (dtype) {
    case DType::u8:
      return visit(std::uint8_t());
    case DType::s8:
      return visit(std::int8_t());
    case DType::i32:
      return visit(std::int32_t());
    default:
      return visit(std::int64_t());
  }
}

/// The same, or f32.
template <typename Visit>
auto WithNumber(DType dtype, const Visit& visit) {
  return dtype == DType::f32 ? visit(float()) : WithInteger(dtype, visit);
}

}  // namespace alice
