#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "tensor/shape.h"

namespace alice {

/// A copy of an N-dimensional block of elements that lies in strides on both sides: slices, tiles, transposes, parts of a
/// whole. Strides may be 0 (of x: the element repeats) or negative.
class StridedCopy {
 public:
  struct Axis {
    std::size_t size;
    std::ptrdiff_t x, y;  ///< strides in elements
  };
  static constexpr std::size_t kMaxAxes = 2 * kMaxRank;

  /// Nothing.
  StridedCopy() = default;
  /// The block with these axes, outermost first, kMaxAxes at most, of elements of that many bytes. Axes that are one in
  /// both strides are merged, and what is contiguous on both sides moves at once.
  StridedCopy(std::size_t element_bytes, std::span<const Axis> axes);

  /// Copies the block whose first elements are at x and y, which do not overlap.
  void Run(const std::byte* x, std::byte* y) const;

 private:
  using CopyRow = void (*)(const StridedCopy& copy, const std::byte* x, std::byte* y);

  template <std::size_t kBytes>
  static void CopyUnits(const StridedCopy& copy, const std::byte* x, std::byte* y);
  static void CopyRuns(const StridedCopy& copy, const std::byte* x, std::byte* y);
  static CopyRow RowOf(std::size_t unit_bytes);
  void Append(const Axis& axis);

  std::array<Axis, kMaxAxes> axes_{};  ///< strides in bytes; the last one is the row
  std::size_t rank_ = 0;
  std::size_t unit_bytes_ = 0;  ///< contiguous on both sides
  CopyRow copy_row_ = nullptr;
};

}  // namespace alice
