#include "kernels/strided_copy/strided_copy.h"

#include <cstring>

#include "base/check.h"

namespace alice {

StridedCopy::StridedCopy(std::size_t element_bytes, std::span<const Axis> axes) : unit_bytes_(element_bytes) {
  ALICE_CHECK(axes.size() <= kMaxAxes);
  const auto element = static_cast<std::ptrdiff_t>(element_bytes);
  for (const Axis& axis : axes) {
    if (axis.size == 0) {
      rank_ = 0;
      return;
    }
    if (axis.size > 1) Append({axis.size, axis.x * element, axis.y * element});
  }
  if (rank_ > 0 && axes_[rank_ - 1].x == element && axes_[rank_ - 1].y == element) {
    unit_bytes_ *= axes_[--rank_].size;
  }
  if (rank_ == 0) axes_[rank_++] = {1, 0, 0};
  copy_row_ = RowOf(unit_bytes_);
}

void StridedCopy::Append(const Axis& axis) {
  if (rank_ > 0) {
    Axis& outer = axes_[rank_ - 1];
    const auto size = static_cast<std::ptrdiff_t>(axis.size);
    if (outer.x == axis.x * size && outer.y == axis.y * size) {
      outer = {outer.size * axis.size, axis.x, axis.y};
      return;
    }
  }
  axes_[rank_++] = axis;
}

template <std::size_t kBytes>
void StridedCopy::CopyUnits(const StridedCopy& copy, const std::byte* x, std::byte* y) {
  const Axis& row = copy.axes_[copy.rank_ - 1];
  for (std::size_t i = 0; i < row.size; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    std::memcpy(y + at * row.y, x + at * row.x, kBytes);
  }
}

void StridedCopy::CopyRuns(const StridedCopy& copy, const std::byte* x, std::byte* y) {
  const Axis& row = copy.axes_[copy.rank_ - 1];
  for (std::size_t i = 0; i < row.size; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    std::memcpy(y + at * row.y, x + at * row.x, copy.unit_bytes_);
  }
}

StridedCopy::CopyRow StridedCopy::RowOf(std::size_t unit_bytes) {
  switch (unit_bytes) {
    case 1:
      return CopyUnits<1>;
    case 2:
      return CopyUnits<2>;
    case 4:
      return CopyUnits<4>;
    case 8:
      return CopyUnits<8>;
    case 16:
      return CopyUnits<16>;
    default:
      return CopyRuns;
  }
}

void StridedCopy::Run(const std::byte* x, std::byte* y) const {
  if (rank_ == 0) return;
  std::array<std::size_t, kMaxAxes> index{};
  std::ptrdiff_t at_x = 0;
  std::ptrdiff_t at_y = 0;
  while (true) {
    copy_row_(*this, x + at_x, y + at_y);
    std::size_t axis = rank_ - 1;
    for (; axis > 0; --axis) {
      const Axis& outer = axes_[axis - 1];
      at_x += outer.x;
      at_y += outer.y;
      if (++index[axis - 1] < outer.size) break;
      index[axis - 1] = 0;
      at_x -= static_cast<std::ptrdiff_t>(outer.size) * outer.x;
      at_y -= static_cast<std::ptrdiff_t>(outer.size) * outer.y;
    }
    if (axis == 0) return;
  }
}

}  // namespace alice
