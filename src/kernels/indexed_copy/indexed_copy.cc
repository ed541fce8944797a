#include "kernels/indexed_copy/indexed_copy.h"

#include <array>
#include <cstring>

#include "tensor/shape.h"

namespace alice {
namespace {

template <std::size_t kBytes>
void CopyUnits(const IndexedAxis& row, const std::byte* x, std::byte* y) {
  for (std::size_t i = 0; i < row.size; ++i) std::memcpy(y + i * kBytes, x + row.offsets[i], kBytes);
}

void CopyRow(const IndexedAxis& row, std::size_t unit_bytes, const std::byte* x, std::byte* y) {
  switch (unit_bytes) {
    case 1:
      return CopyUnits<1>(row, x, y);
    case 4:
      return CopyUnits<4>(row, x, y);
    case 8:
      return CopyUnits<8>(row, x, y);
    default:
      for (std::size_t i = 0; i < row.size; ++i) std::memcpy(y + i * unit_bytes, x + row.offsets[i], unit_bytes);
  }
}

}  // namespace

void IndexedCopy(std::span<const IndexedAxis> axes, std::size_t unit_bytes, const std::byte* x, std::byte* y) {
  for (const IndexedAxis& axis : axes) {
    if (axis.size == 0) return;
  }
  const IndexedAxis& row = axes.back();
  const std::size_t row_bytes = row.size * unit_bytes;
  std::array<std::size_t, kMaxRank> index{};
  const std::byte* last = nullptr;
  while (true) {
    const std::byte* from = x;
    for (std::size_t axis = 0; axis + 1 < axes.size(); ++axis) from += axes[axis].offsets[index[axis]];
    if (from == last) {
      std::memcpy(y, y - row_bytes, row_bytes);
    } else {
      CopyRow(row, unit_bytes, from, y);
    }
    last = from;
    y += row_bytes;
    std::size_t axis = axes.size() - 1;
    for (; axis > 0; --axis) {
      if (++index[axis - 1] < axes[axis - 1].size) break;
      index[axis - 1] = 0;
    }
    if (axis == 0) return;
  }
}

}  // namespace alice
