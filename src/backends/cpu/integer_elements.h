#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace alice {

// Elements of u8 (booleans too), s8, i32 and i64 as 64-bit integers: for operators that are not worth a copy of their code
// for each type.

std::int64_t ReadInteger(DType dtype, const std::byte* data, std::size_t index);
/// What lies beyond the type wraps around.
void WriteInteger(DType dtype, std::byte* data, std::size_t index, std::int64_t value);

struct IntegerBounds {
  std::int64_t lowest, highest;
};
IntegerBounds IntegerBoundsOf(DType dtype);

}  // namespace alice
