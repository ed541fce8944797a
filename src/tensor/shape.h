#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "base/check.h"

namespace alice {

inline constexpr std::size_t kMaxRank = 8;

/// The most elements that one sample of a tensor may have: of the widest type these are 2 GiB. Byte counts are reckoned in
/// 64 bits on every target, where nothing within this bound overflows; Buffer::Allocate refuses what does not fit size_t.
inline constexpr std::int64_t kMaxElements = (std::int64_t{1} << 28) - 1;

/// A count as the size of an axis.
[[nodiscard]] constexpr std::int64_t AxisSize(std::size_t count) { return static_cast<std::int64_t>(count); }
/// A size or a place on an axis, not negative, as C++ counts.
[[nodiscard]] constexpr std::size_t Index(std::int64_t i) { return static_cast<std::size_t>(i); }

/// The sizes of a tensor's axes, row-major, outermost first. At most kMaxRank axes; no axis is negative.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const std::int64_t> dims) {
    for (const std::int64_t dim : dims) Append(dim);
  }

  [[nodiscard]] std::size_t rank() const { return rank_; }
  [[nodiscard]] std::int64_t operator[](std::size_t axis) const {
    ALICE_DCHECK(axis < rank_);
    return dims_[axis];
  }
  void set(std::size_t axis, std::int64_t dim) {
    ALICE_DCHECK(axis < rank_);
    dims_[axis] = dim;
  }
  void Append(std::int64_t dim) {
    ALICE_CHECK(rank_ < kMaxRank);
    dims_[rank_++] = dim;
  }
  [[nodiscard]] std::span<const std::int64_t> dims() const { return {dims_.data(), rank_}; }

  /// The product of the axes [begin, end); 1 for none.
  [[nodiscard]] std::int64_t Product(std::size_t begin, std::size_t end) const {
    std::int64_t product = 1;
    for (std::size_t axis = begin; axis < end; ++axis) product *= dims_[axis];
    return product;
  }
  /// The number of elements; 1 for rank 0.
  [[nodiscard]] std::int64_t elements() const { return Product(0, rank_); }

  /// "[1, 12]"
  [[nodiscard]] std::string ToString() const {
    std::string text = "[";
    for (std::size_t axis = 0; axis < rank_; ++axis) {
      if (axis > 0) text += ", ";
      text += std::to_string(dims_[axis]);
    }
    return text + "]";
  }

  friend bool operator==(const Shape& a, const Shape& b) {
    return std::equal(a.dims().begin(), a.dims().end(), b.dims().begin(), b.dims().end());
  }

 private:
  std::array<std::int64_t, kMaxRank> dims_{};
  std::size_t rank_ = 0;
};

}  // namespace alice
