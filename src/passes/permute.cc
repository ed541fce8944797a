#include "passes/permute.h"

#include <array>
#include <cstring>

#include "passes/rewrite.h"

namespace alice {

SymbolicShape Permuted(const SymbolicShape& shape, const Shape& permutation) {
  SymbolicShape permuted;
  for (const std::int64_t axis : permutation.dims()) {
    permuted.dims.push_back(shape.dims[static_cast<std::size_t>(axis)]);
  }
  return permuted;
}

Result<Tensor> Permuted(const Tensor& tensor, const Shape& permutation, MemoryBudget& budget) {
  const std::size_t rank = tensor.shape().rank();
  std::array<std::size_t, kMaxRank> stride{};
  std::size_t step = SizeOf(tensor.dtype());
  for (std::size_t axis = rank; axis-- > 0; step *= static_cast<std::size_t>(tensor.shape()[axis])) stride[axis] = step;
  Shape shape;
  for (const std::int64_t axis : permutation.dims()) shape.Append(tensor.shape()[static_cast<std::size_t>(axis)]);
  ALICE_ASSIGN_OR_RETURN(Tensor permuted, Tensor::Zeros(budget, ConstantKind(tensor.dtype()), tensor.dtype(), shape));

  std::array<std::int64_t, kMaxRank> index{};
  const std::size_t size = SizeOf(tensor.dtype());
  for (std::byte* to = permuted.view().data; to != permuted.view().data + permuted.bytes(); to += size) {
    std::size_t from = 0;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      from += static_cast<std::size_t>(index[axis]) * stride[static_cast<std::size_t>(permutation[axis])];
    }
    std::memcpy(to, tensor.view().data + from, size);
    for (std::size_t axis = rank; axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return permuted;
}

Shape Composed(const Shape& first, const Shape& second) {
  Shape composed;
  for (const std::int64_t axis : second.dims()) composed.Append(first[static_cast<std::size_t>(axis)]);
  return composed;
}

Shape Inverse(const Shape& permutation) {
  Shape inverse = permutation;
  for (std::size_t axis = 0; axis < permutation.rank(); ++axis) {
    inverse.set(static_cast<std::size_t>(permutation[axis]), static_cast<std::int64_t>(axis));
  }
  return inverse;
}

bool IsIdentity(const Shape& permutation) {
  for (std::size_t axis = 0; axis < permutation.rank(); ++axis) {
    if (permutation[axis] != static_cast<std::int64_t>(axis)) return false;
  }
  return true;
}

bool IsReshape(const SymbolicShape& shape, const Shape& permutation) {
  std::int64_t last = -1;
  std::size_t symbols = 0;
  for (const std::int64_t axis : permutation.dims()) {
    const Dim& dim = shape.dims[static_cast<std::size_t>(axis)];
    if (dim == Dim::Known(1)) continue;
    if (axis < last || dim == Dim::Known(0)) return false;
    last = axis;
    symbols += dim.known() ? 0 : 1;
  }
  return symbols <= 1;
}

Shape ToChannelsLast(std::size_t rank) {
  Shape permutation{0};
  for (std::size_t axis = 2; axis < rank; ++axis) permutation.Append(static_cast<std::int64_t>(axis));
  permutation.Append(1);
  return permutation;
}

Shape ToChannelsFirst(std::size_t rank) { return Inverse(ToChannelsLast(rank)); }

}  // namespace alice
