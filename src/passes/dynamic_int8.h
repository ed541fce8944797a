#pragma once

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Dynamic INT8 in standard ONNX, for Y = X · W + bias:
///
///   xq, sx, zx = DynamicQuantizeLinear(X)
///   acc        = MatMulInteger(xq, Wq, zx)            Wq s8 [K, N], zero point 0
///   Y          = Cast(acc, f32) · (sx · sw) + bias    sw f32 [N], [1, N] or one number
///
/// or the same with ConvInteger, Wq [O, C, ...] and sw one number or [O, 1, ...].
///
/// Turns every such pattern into a Gemm (rank-2 X), MatMul or Conv with `int8` = {Wq, sw}; its float B is Wq · sw.
/// A bias that is a constant row becomes the Gemm's C. The two multiplications may come in either association:
/// ONNX Runtime's tool writes Mul(Cast(acc), Mul(sx, sw)). Leaves other nodes alone.
/// Requires a graph that passed Verify and InferShapes. Errors: budget_exceeded, out_of_memory.
Status RecognizeDynamicInt8(Graph& graph, MemoryBudget& budget);

/// The other way: writes every node with a quantized form in standard ONNX, every fused activation as a node of its own,
/// and drops the float weights that nothing uses any more. Nodes that quantize a value in the same way share the nodes
/// that do. Dynamic activations become that pattern (Mul(Cast(acc), Mul(sx, sw)), so that the order of float operations
/// is that of Alice's own epilogue), behind a Clip where they are bounded; ONNX takes one range for all samples of a
/// batch. Static ones become QuantizeLinear and DequantizeLinear before the float product (QDQ), int8 weights a
/// DequantizeLinear. The result can be written by WriteOnnx. Requires an optimized graph.
/// Errors: model_unsupported_type for other schemes, naming the node; internal where a constant that is needed was
/// released; budget_exceeded, out_of_memory.
Status LowerToOnnx(Graph& graph, MemoryBudget& budget);

}  // namespace alice
