#pragma once

#include <string>

#include "passes/rewrite.h"

namespace alice {

/// The scales of `form`'s weights [k, n] as ONNX lays them out, or its zero points as codes of `dtype`: a scalar per
/// tensor, [n] per channel, [groups, n] per group. Errors: those of CopyOf.
Result<ValueId> LoweredScales(Rewriter& rewriter, const QuantizedForm& form, const Shape& weights);
Result<ValueId> LoweredZeroPoints(Rewriter& rewriter, const QuantizedForm& form, const Shape& weights, DType dtype);

/// Emits the DequantizeLinear `name` that gives the weights [k, n] that `form` stands for, from codes in ONNX's types
/// (s8, s4, FP8), in blocks along k where they are scaled per group; returns its output. Errors: those of CopyOf.
Result<ValueId> EmitDequantizedWeights(Rewriter& rewriter, const QuantizedForm& form, const Shape& weights,
                                       const std::string& name);

/// The same for a recurrent operator: transposed, [1, n, k].
Result<ValueId> EmitDequantizedStack(Rewriter& rewriter, const QuantizedForm& form, const Shape& weights,
                                     const std::string& name);

/// The same for a Conv that takes W of shape `w`, whose form is that of W's matrix (conv_weights.h).
Result<ValueId> EmitDequantizedFilters(Rewriter& rewriter, const QuantizedForm& form, const Shape& w,
                                       const std::string& name);
/// The codes of such a form as W, in ONNX's type. Errors: those of CopyOf.
Result<ValueId> LoweredFilters(Rewriter& rewriter, const QuantizedForm& form, const Shape& w);

/// The bias (constant f32 [n]) of a product with static activations, in steps of their scale times those of the weights:
/// emits the DequantizeLinear `name` of its int32 codes (numeric/bias.h) and returns its output. Gives `bias` itself where
/// the weights are scaled per group or a code would be beyond int32. Errors: those of CopyOf.
Result<ValueId> EmitDequantizedBias(Rewriter& rewriter, const QuantizedForm& form, ValueId bias,
                                    const std::string& name);

}  // namespace alice
