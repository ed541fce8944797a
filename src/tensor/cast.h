#pragma once

#include <cstddef>

#include "tensor/dtype.h"

namespace alice {

/// y[i] = x[i] in another element type (ONNX Cast-13), n elements. x and y do not overlap. Requires types of numbers.
///
///   float → integer    truncates towards zero; what is out of range saturates, NaN gives 0 (ONNX leaves both open)
///   integer → integer  keeps the low bits (two's complement)
///   integer → float    rounds to nearest, ties to even
///   to boolean         x ≠ 0 (true for NaN);  from boolean  0 or 1
void CastElements(DType from, const void* x, std::size_t n, DType to, void* y);

}  // namespace alice
