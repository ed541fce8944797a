#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "onnx/attribute_set.h"

namespace alice {

// Inputs that say how an operator works (axes, pads, sizes) rather than what it works on. Taking one leaves its place in
// the node's inputs empty. `what` is its name in messages.

/// The constant that input `index` is, or null where it is not given; valid until the next operand is looked up.
/// Error: shape_unresolved where it is not a constant.
Result<const Tensor*> TakeParameter(ImportContext& context, std::size_t index, std::string_view what);

/// The elements of such an input, i64 or i32 of rank 0 or 1; none where it is not given. Errors: those of TakeParameter;
/// model_invalid_graph for another type or rank; model_limit for more than `most` elements.
Result<std::vector<std::int64_t>> TakeIntegers(ImportContext& context, std::size_t index, std::string_view what,
                                               std::size_t most = kMaxRank);
/// The same of an f32 vector.
Result<std::vector<float>> TakeFloats(ImportContext& context, std::size_t index, std::string_view what,
                                      std::size_t most = kMaxRank);

/// Drops the places at the end of the node's inputs that are empty.
void DropEmptyInputs(NodeFields& node);

}  // namespace alice
