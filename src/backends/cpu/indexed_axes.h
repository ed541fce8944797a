#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "backends/cpu/scratch_layout.h"
#include "backends/cpu/strides.h"
#include "kernels/indexed_copy/indexed_copy.h"
#include "tensor/shape.h"

namespace alice {

/// A result each of whose axes takes places of the same axis of its source, as tables say. Axes before the first one that
/// has a table stay outside, those behind the last one move as one.
class IndexedAxes {
 public:
  /// Sets the shapes, of one rank, and places the tables of the axes that differ (`moves`) in scratch.
  void Bind(const Shape& x, const Shape& y, std::size_t element_bytes, const std::array<bool, kMaxRank>& moves,
            ScratchLayout& scratch) {
    begin_ = 0;
    end_ = x.rank();
    while (begin_ < end_ && !moves[begin_]) ++begin_;
    while (end_ > begin_ && !moves[end_ - 1]) --end_;
    is_empty_ = y.elements() == 0;
    outer_ = static_cast<std::size_t>(x.Product(0, begin_));
    unit_bytes_ = static_cast<std::size_t>(x.Product(end_, x.rank())) * element_bytes;
    block_bytes_ = static_cast<std::size_t>(x.Product(begin_, x.rank())) * element_bytes;
    result_bytes_ = static_cast<std::size_t>(y.Product(begin_, y.rank())) * element_bytes;
    const Strides strides = StridesOf(x);
    for (std::size_t axis = begin_; axis < end_; ++axis) {
      sizes_[axis] = static_cast<std::size_t>(y[axis]);
      strides_[axis] = strides[axis] * static_cast<std::ptrdiff_t>(element_bytes);
      tables_[axis] = scratch.Place(sizes_[axis] * sizeof(std::ptrdiff_t));
    }
  }

  /// Copies, with source(axis, place of y) → place of x (std::int64_t).
  template <typename Source>
  void Run(const Source& source, const std::byte* x, std::byte* y, std::byte* scratch) const {
    if (is_empty_) return;
    std::array<IndexedAxis, kMaxRank> axes{};
    constexpr std::ptrdiff_t kNowhere = 0;
    std::size_t rank = 0;
    for (std::size_t axis = begin_; axis < end_; ++axis) {
      auto* const offsets = reinterpret_cast<std::ptrdiff_t*>(scratch + tables_[axis]);
      for (std::size_t place = 0; place < sizes_[axis]; ++place) {
        offsets[place] = static_cast<std::ptrdiff_t>(source(axis, static_cast<std::int64_t>(place))) * strides_[axis];
      }
      axes[rank++] = {sizes_[axis], offsets};
    }
    if (rank == 0) axes[rank++] = {1, &kNowhere};
    for (std::size_t i = 0; i < outer_; ++i, x += block_bytes_, y += result_bytes_) {
      IndexedCopy(std::span(axes).first(rank), unit_bytes_, x, y);
    }
  }

 private:
  std::size_t begin_ = 0, end_ = 0;  ///< of the axes that have tables
  std::size_t outer_ = 0, unit_bytes_ = 0, block_bytes_ = 0, result_bytes_ = 0;
  bool is_empty_ = true;
  std::array<std::size_t, kMaxRank> sizes_{};
  std::array<std::ptrdiff_t, kMaxRank> strides_{};
  std::array<std::size_t, kMaxRank> tables_{};  ///< offsets in scratch
};

}  // namespace alice
