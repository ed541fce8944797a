#pragma once

#include "ir/shape_rules.h"

namespace alice {

// The rules of the operators that move elements. An axis that an operator leaves alone may be a symbol; where the size of
// a result would follow from one the error is shape_unresolved, naming the axis. Axes that are not there, or named twice:
// shape_mismatch.

Status InferSlice(const RuleInput& in, std::span<TensorType> out);
/// Indices that are constants are held to the axis: shape_mismatch.
Status InferGather(const RuleInput& in, std::span<TensorType> out);
Status InferSqueeze(const RuleInput& in, std::span<TensorType> out);
Status InferUnsqueeze(const RuleInput& in, std::span<TensorType> out);
Status InferExpand(const RuleInput& in, std::span<TensorType> out);
Status InferTile(const RuleInput& in, std::span<TensorType> out);
Status InferPad(const RuleInput& in, std::span<TensorType> out);
Status InferSplit(const RuleInput& in, std::span<TensorType> out);
Status InferDepthToSpace(const RuleInput& in, std::span<TensorType> out);
Status InferSpaceToDepth(const RuleInput& in, std::span<TensorType> out);
Status InferDropout(const RuleInput& in, std::span<TensorType> out);
Status InferResize(const RuleInput& in, std::span<TensorType> out);

// Of operators that make elements from shapes (ir/shape_making.cc).
Status InferShape(const RuleInput& in, std::span<TensorType> out);
Status InferSize(const RuleInput& in, std::span<TensorType> out);
Status InferConstantOfShape(const RuleInput& in, std::span<TensorType> out);
/// Start, limit and delta are constants: shape_unresolved. Their type is f32, i32 or i64.
Status InferRange(const RuleInput& in, std::span<TensorType> out);

}  // namespace alice
