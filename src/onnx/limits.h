#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/shape.h"

namespace alice {

// What a model may ask of the reader. Beyond a limit the answer is model_limit (or model_unsupported_opset), naming the
// thing, its size and the limit.

/// Operator sets of ai.onnx whose operators are implemented as they were defined there.
inline constexpr std::int64_t kMinOpset = 7;
inline constexpr std::int64_t kMaxOpset = 22;
/// The first IR version that has operator sets.
inline constexpr std::int64_t kMinIrVersion = 3;

/// protobuf itself allows no larger message.
inline constexpr std::size_t kMaxModelBytes = 0x7fff'ffff;
/// Several times a large transformer's. Planning the memory of n nodes may take n² steps.
inline constexpr std::size_t kMaxNodes = 1U << 14;
/// Graphs inside nodes, one in the other: each takes some of the stack while it is read.
inline constexpr int kMaxGraphDepth = 16;
/// Each iteration counts as a node, with the nodes of its body; their outcomes become the inputs of one Concat.
inline constexpr std::int64_t kMaxIterations = 1024;
/// Bytes of the bodies of loops, each as often as it is read: what bounds the time that a small model may take.
inline constexpr std::size_t kMaxUnrolledBytes = 1U << 26;
/// Four for each node: with its name a value takes a few hundred bytes outside the memory budget.
inline constexpr std::size_t kMaxValues = 4 * kMaxNodes;
/// The largest Concat in practice has some hundred inputs; the same bound holds for a node's outputs.
inline constexpr std::size_t kMaxNodeInputs = 1024;
/// The operator with the most attributes has under twenty.
inline constexpr std::size_t kMaxNodeAttributes = 64;
/// Names go into error messages; exporters write scopes of a few hundred bytes.
inline constexpr std::size_t kMaxNameBytes = 1024;
/// Holds for the known axes of a graph input too.
inline constexpr std::int64_t kMaxTensorElements = kMaxElements;
/// Symbols are found by a linear search, and each run gives every one of them a size.
inline constexpr std::size_t kMaxSymbols = 256;
/// A model imports its own domain and a handful of vendors'.
inline constexpr std::size_t kMaxOpsetImports = 64;
/// Metadata is text for people; it is kept for as long as the model.
inline constexpr std::size_t kMaxMetadataEntries = 256;
inline constexpr std::size_t kMaxMetadataBytes = 1U << 20;

static_assert(kMaxRank == 8, "a tensor's rank is bounded by Shape, which keeps its axes in place");

}  // namespace alice
