#pragma once

#include <algorithm>
#include <cstdint>

#include "tensor/shape.h"

namespace alice {

/// The elements first, first + step, … of an axis, `count` of them.
struct SliceRange {
  std::int64_t first, step, count;
};

/// What ONNX Slice-13 takes of an axis of that size: a negative start or end counts from the end, and both are clamped to
/// the axis. Requires step ≠ 0.
inline SliceRange RangeOf(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size) {
  step = std::clamp(step, -kMaxElements - 1, kMaxElements + 1);  // beyond any axis
  if (start < 0) start += size;
  if (end < 0) end += size;
  if (step > 0) {
    start = std::clamp<std::int64_t>(start, 0, size);
    end = std::clamp<std::int64_t>(end, 0, size);
    return {start, step, std::max<std::int64_t>((end - start + step - 1) / step, 0)};
  }
  start = std::clamp<std::int64_t>(start, -1, size - 1);
  end = std::clamp<std::int64_t>(end, -1, size - 1);
  return {start, step, std::max<std::int64_t>((start - end - step - 1) / -step, 0)};
}

/// Whether that takes every element of an axis of any size, from the front or from the back.
inline bool TakesAll(std::int64_t start, std::int64_t end, std::int64_t step) {
  if (step == 1) return start == 0 && end > kMaxElements;
  return step == -1 && (start == -1 || start > kMaxElements) && end < -kMaxElements;
}

}  // namespace alice
