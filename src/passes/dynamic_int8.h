#pragma once

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Dynamic INT8 in standard ONNX, for Y = X · W + bias:
///
///   xq, sx, zx = DynamicQuantizeLinear(X)
///   acc        = MatMulInteger(xq, Wq, zx, zw)        Wq, zw s8 or u8; zw none, one or [N]
///   Y          = Cast(acc, f32) · (sx · sw) + bias    sw f32 [N], [1, N] or one number
///
/// or the same with ConvInteger, Wq [O, C, ...], zw none or one, and sw one number or [O, 1, ...].

/// Turns every such pattern into a Gemm (rank-2 X), MatMul or Conv with the quantized form of Wq, sw and zw (see FormOf in
/// weight_form.h); its float B is (Wq − zw) · sw, of which DecodeWeights makes the elements.
/// A bias that is a constant row becomes the Gemm's C. The two multiplications may come in either association:
/// ONNX Runtime's tool writes Mul(Cast(acc), Mul(sx, sw)). Leaves other nodes alone.
/// Requires a graph that passed Verify and InferShapes. Errors: budget_exceeded, out_of_memory.
Status RecognizeDynamicInt8(Graph& graph, MemoryBudget& budget);

/// The other way: writes every node with a quantized form in standard ONNX, every fused activation as a node of its own,
/// and drops the float weights that nothing uses any more. Nodes that quantize a value in the same way share the nodes
/// that do. Dynamic activations become that pattern (Mul(Cast(acc), Mul(sx, sw)), so that the order of float operations
/// is that of Alice's own epilogue), behind a Clip where they are bounded; ONNX takes one range for all samples of a
/// batch. Where MatMulInteger cannot say it (int4, FP8, groups, static activations) they become that of qdq.h: static
/// activations QuantizeLinear and DequantizeLinear, dynamic ones DynamicQuantizeLinear and DequantizeLinear, those of FP8
/// weights nothing. The result can be written by WriteOnnx. Requires an optimized graph.
/// Errors: model_unsupported_type for dynamic activations that are symmetric or per token, naming the node; internal
/// where a constant that is needed was released; budget_exceeded, out_of_memory.
Status LowerToOnnx(Graph& graph, MemoryBudget& budget);

}  // namespace alice
