#pragma once

#include <cstddef>
#include <optional>

#include "passes/rewrite.h"

namespace alice {

/// Constant weights as a model holds them: codes, what scales them, and their zero points.
struct StoredWeights {
  ValueId codes = kNoValue;        ///< [K, N], or [N, K] where `transposed`; s8, u8, s4, u4 or FP8
  ValueId scales = kNoValue;       ///< f32: one; one a column; or, with blocks, laid out as the codes are
  ValueId zero_points = kNoValue;  ///< of the codes' type, one, or as many as scales
  std::size_t block_size = 0;      ///< rows of a column that share a scale; 0: all of them
  bool transposed = false;
};

/// The weights' part of a quantized form, its activations left at their defaults. Unsigned codes become signed ones: u8
/// codes and zero points minus 128, u4 minus 8. Zero points that are 0 throughout make a symmetric scheme. One scale
/// makes a scheme per tensor, but a vector of one scale for one column one per channel. Nothing where no scheme says it:
/// other element counts, empty weights, FP8 with a zero point, constants that were released.
/// Errors: budget_exceeded, out_of_memory.
Result<std::optional<QuantizedForm>> FormOf(Rewriter& rewriter, const StoredWeights& stored);

/// The weights of a product that were recognized.
struct ProductWeights {
  QuantizedForm form;
  ValueId real = kNoValue;  ///< a constant laid out as the product takes its weights, without its elements
};

/// The form of a matrix, and a constant [K, N] for its float weights. Errors: budget_exceeded, out_of_memory.
Result<std::optional<ProductWeights>> MatrixWeightsOf(Rewriter& rewriter, const StoredWeights& stored);
/// The same for a Conv: codes W [O, C, kernel...], scales and zero points one or O elements in any shape. The
/// form is that of W's matrix (conv_weights.h). Errors: the same.
Result<std::optional<ProductWeights>> ConvWeightsOf(Rewriter& rewriter, const StoredWeights& stored);

}  // namespace alice
