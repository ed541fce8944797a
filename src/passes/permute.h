#pragma once

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

// Permutations as ONNX Transpose has them: axis i of the result is axis permutation[i] of the source.

/// The axes of `shape` in another order.
SymbolicShape Permuted(const SymbolicShape& shape, const Shape& permutation);
/// The elements of a constant in the order of the permuted axes. Errors: budget_exceeded, out_of_memory.
Result<Tensor> Permuted(const Tensor& tensor, const Shape& permutation, MemoryBudget& budget);
/// Permuted(Permuted(x, first), second) as one permutation.
Shape Composed(const Shape& first, const Shape& second);
/// Permuted(Permuted(x, permutation), Inverse(permutation)) is x.
Shape Inverse(const Shape& permutation);
bool IsIdentity(const Shape& permutation);
/// Whether the axes of `shape` that are longer than 1 keep their order, and a Reshape can say the result.
bool IsReshape(const SymbolicShape& shape, const Shape& permutation);

/// [N, C, ...] to [N, ..., C] of that rank, and back.
Shape ToChannelsLast(std::size_t rank);
Shape ToChannelsFirst(std::size_t rank);

}  // namespace alice
