#pragma once

#include <cstddef>
#include <span>

namespace alice {

/// An axis of the result: where each of its places lies in the source, in bytes.
struct IndexedAxis {
  std::size_t size;
  const std::ptrdiff_t* offsets;
};

/// y [axes..., unit] = units of `unit_bytes` at the sum of the axes' offsets in x: nearest pixels, mirrored borders. y is
/// contiguous and does not overlap x. Rows (of the last axis) that come from one place follow each other by a plain copy.
/// Requires 1 to kMaxRank axes.
void IndexedCopy(std::span<const IndexedAxis> axes, std::size_t unit_bytes, const std::byte* x, std::byte* y);

}  // namespace alice
