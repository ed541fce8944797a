#pragma once

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Quantized products as float products of what codes stand for (QDQ), for Y = X · W + bias:
///
///   Xq = QuantizeLinear(X, sx, zx)             constants, one of each, u8 or s8: static activations
///   Xq, sx, zx = DynamicQuantizeLinear(X)      dynamic ones
///   Y  = Gemm or MatMul(DequantizeLinear(Xq, sx, zx), DequantizeLinear(Wq, sw, zw)) + bias
///
/// with constants Wq [K, N] ([N, K] and transB = 1) of s8, u8, s4 or u4, and sw, zw per tensor, per output channel or in
/// blocks along K; likewise for Conv with Wq [O, C, ...] and sw, zw per tensor or per output channel; or Wq of
/// FP8 without zero points, and X not quantized.

/// Turns every such product into one of X with a quantized form (u8 activations: s8 codes with the offset 128). Its B has the
/// shape of the float weights that the form stands for; DecodeWeights (pipeline.h) makes their elements. Integer weights whose
/// activations are not quantized are no such product. Leaves other nodes alone. Requires a graph that passed Verify and InferShapes. Errors: budget_exceeded, out_of_memory.
Status RecognizeQdq(Graph& graph, MemoryBudget& budget);

/// MatMulNBits becomes a MatMul of A and DequantizeLinear of 4-bit codes in blocks along K, and an Add of its bias; A is
/// quantized and dequantized dynamically where the node allows 8 bits for it. Requires and errors: the same.
Status ExpandMatMulNBits(Graph& graph, MemoryBudget& budget);

/// QGemm and QLinearConv become a Gemm or Conv of DequantizeLinear of their operands, and a QuantizeLinear where the result is
/// quantized. Requires: the same. Errors: the same; model_unsupported_operator for a bias, or what scales it, that is not
/// constant.
Status ExpandQOperators(Graph& graph, MemoryBudget& budget);

/// DequantizeLinear of constants becomes a constant, unless it is a graph output. Requires and errors: the same.
Status FoldDequantize(Graph& graph, MemoryBudget& budget);

}  // namespace alice
