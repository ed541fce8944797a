#pragma once

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

// The rewrites that Optimize runs, each in a file of its own name; their order is in pipeline.cc. Each requires a
// graph that passed Verify and InferShapes, and keeps it so. Constants that a rewrite makes are taken from `budget`
// (errors: budget_exceeded, out_of_memory), those that it replaces are freed at once. After an error the graph is not
// whole any more.

/// The mask of a Dropout, true for every element of its input, becomes what a Cast to boolean is equal to: itself.
Status ExpandDropoutMask(Graph& graph, MemoryBudget& budget);

/// Identity, Dropout without a mask, Concat of one tensor, and Cast to the type that is there, disappear. Where a graph
/// output copies a graph input, a constant or another graph output, the copy stays, as a Cast to its own type.
Status RemoveIdentity(Graph& graph, MemoryBudget& budget);

/// Cast, Reshape, Flatten, Squeeze and Unsqueeze of a constant become a constant, unless it is a graph output. Shape and
/// Size of axes that are known, ConstantOfShape and Range become constants; a graph output then copies one.
Status FoldConstants(Graph& graph, MemoryBudget& budget);

/// Gemm becomes A · B + C with C a constant f32 [N]: transposes of constants are carried out (those of other operands
/// stay), alpha and beta go into constants; an alpha without a constant to go into becomes a Mul behind the product,
/// any other C an Add behind it (beta · C before, for a C that is not constant). beta = 0 drops C.
Status CanonicalizeGemm(Graph& graph, MemoryBudget& budget);

/// MatMul of a rank-2 A with a constant rank-2 B becomes Gemm.
Status MatMulToGemm(Graph& graph, MemoryBudget& budget);

/// Add of a constant row ([N], [1, N] or one number) to a Gemm without C becomes its C; likewise the B of a channels-last
/// Conv.
Status FuseBias(Graph& graph, MemoryBudget& budget);

/// BatchNormalization, y = x · s + t with s = scale / sqrt(var + epsilon) and t = B − mean · s (computed in double):
/// goes into the weights of the canonical Gemm or of the Conv before it, where nobody else uses that one's output;
/// otherwise
/// becomes Mul and Add of constants [C, 1, …]. Error: model_unsupported_operator for parameters that are not constant.
Status FoldBatchNorm(Graph& graph, MemoryBudget& budget);

/// A Pad with zeros along the spatial axes before a Conv goes into the Conv's own padding.
Status FoldPads(Graph& graph, MemoryBudget& budget);

/// Conv with constant weights and the pooling operators work on channels-last tensors (ConvAttributes), each between two
/// Transposes. Quantized forms go with them (conv_weights.h).
Status ChannelsLast(Graph& graph, MemoryBudget& budget);

/// The way back, for what is to be written as ONNX. Error: model_unsupported_type for weights of a Conv quantized per group,
/// naming the node.
Status ChannelsFirst(Graph& graph, MemoryBudget& budget);

/// Transposes move behind the elementwise operators and those that name their axes (permute_axes.h) that follow them, and disappear where two undo each
/// other; constants are permuted instead. Equal Transposes of one value become one.
Status SinkTransposes(Graph& graph, MemoryBudget& budget);

/// A Transpose that leaves the order of all axes longer than 1 as it is becomes a Reshape, which moves nothing.
Status TransposesToReshapes(Graph& graph, MemoryBudget& budget);

/// A Reshape, Flatten, Squeeze or Unsqueeze takes what the one before it took; one that changes nothing disappears.
Status MergeReshapes(Graph& graph, MemoryBudget& budget);

/// Relu, LeakyRelu, Clip, Sigmoid and Tanh become the `activation` of the Gemm, MatMul, Conv, Add, Sub, Mul or Div before them,
/// where that has none and nobody else uses its output.
Status FuseActivation(Graph& graph, MemoryBudget& budget);

/// Nodes whose outputs nobody uses disappear, and so do the values that nobody uses then, constants with their
/// elements. Graph inputs stay. Ids of values change.
Status RemoveDead(Graph& graph, MemoryBudget& budget);

}  // namespace alice
