#pragma once

#include <cstddef>

#include "kernels/binary_f32/broadcast_plan.h"
#include "tensor/shape.h"

namespace alice {

/// A product of shape [..., M, K] · [..., K, N] as products of matrices (ONNX MatMul-13): a vector on the left is one
/// row, on the right one column. Where B is a single matrix, all rows of A are the rows of one product.
struct MatMulPlan {
  std::size_t m = 0;
  std::size_t n = 0;
  std::size_t k = 0;
  BroadcastPlan batches{};  ///< over the matrices of A and of B
};

/// Requires shapes that multiply, each of rank 1 or more.
MatMulPlan MakeMatMulPlan(const Shape& a, const Shape& b);

}  // namespace alice
