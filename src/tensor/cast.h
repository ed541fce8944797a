#pragma once

#include "tensor/tensor.h"

namespace alice {

/// ONNX Cast-13, element by element: to[i] = from[i] in the type of `to`.
///
/// Float to integer truncates towards zero and saturates, a NaN becomes 0 (ONNX leaves both open); integer to a
/// narrower integer keeps the low bits; anything to boolean is x ≠ 0. Requires equal numbers of elements, and memory
/// that does not overlap.
void CastElements(const TensorView& from, const TensorView& to);

}  // namespace alice
