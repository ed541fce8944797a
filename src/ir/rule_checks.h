#pragma once

#include <cstddef>
#include <cstdint>

#include "ir/shape_rules.h"

namespace alice {

// What several shape rules ask of a node. Inputs that are named have to be given.

/// Error: model_unsupported_type where input `index` is not `wanted`.
Status RequireType(const RuleInput& in, std::size_t index, DType wanted);
/// The same for all inputs and f32.
Status RequireF32(const RuleInput& in);
/// The same for input `index` and u8 or s8.
Status RequireInteger8(const RuleInput& in, std::size_t index);

/// `axis` counted from the front, where it is in [−rank, most]. Error: shape_mismatch.
Result<std::size_t> AxisOf(const RuleInput& in, std::int64_t axis, std::int64_t most);

/// Whether every axis of `shape` is known to be 1.
bool IsOneElement(const SymbolicShape& shape);

}  // namespace alice
