#pragma once

#include "passes/rewrite.h"

namespace alice {

// The weights of a Conv as a matrix with a column for each output channel. ONNX's W [O, C, kernel...], C the channels of a group, is the transpose of
// one whose rows go through the channels and in each through the kernel's positions; channels-last Convs have rows that go
// through the positions and in each through the channels. The quantized form of a Conv is always that of its matrix.

/// The codes of `form`, [outer · inner, columns], with their rows in the order of inner · outer. Errors: those of CopyOf.
Result<ValueId> WithSwappedRows(Rewriter& rewriter, const QuantizedForm& form, std::int64_t outer, std::int64_t inner,
                                std::int64_t columns);

/// W of that shape from its matrix [C · kernel elements, O], and the other way round. Errors: those of CopyOf.
Result<Tensor> FiltersOf(const Tensor& matrix, const Shape& w, MemoryBudget& budget);
Result<Tensor> MatrixOf(const Tensor& w, MemoryBudget& budget);

}  // namespace alice
