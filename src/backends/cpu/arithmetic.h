#pragma once

#include <cstddef>

#include "backends/cpu/element_function.h"
#include "kernels/binary_f32/binary_f32.h"

namespace alice {

/// An operation of kernels/binary_f32 on tensors of f32, or of integers: these wrap around, a quotient is truncated, and that
/// by zero is 0.
class Arithmetic {
 public:
  Arithmetic(BinaryOp op, DType dtype, Isa isa);

  /// y = activation(a op b), broadcast as `plan` says; of integers without an activation. y may be an operand that has the
  /// result's shape.
  void Run(const BroadcastPlan& plan, const std::byte* a, const std::byte* b, const Activation& activation,
           std::byte* y) const;

 private:
  BinaryOp op_;
  const BinaryF32Kernel* kernel_ = nullptr;  ///< of f32
  ElementFunction integers_{};
};

}  // namespace alice
