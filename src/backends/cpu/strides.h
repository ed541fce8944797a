#pragma once

#include <array>
#include <cstddef>

#include "tensor/shape.h"

namespace alice {

using Strides = std::array<std::ptrdiff_t, kMaxRank>;

/// The strides of a contiguous tensor, in elements.
inline Strides StridesOf(const Shape& shape) {
  Strides strides{};
  std::ptrdiff_t step = 1;
  for (std::size_t axis = shape.rank(); axis-- > 0;) {
    strides[axis] = step;
    step *= static_cast<std::ptrdiff_t>(shape[axis]);
  }
  return strides;
}

}  // namespace alice
