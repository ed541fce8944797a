#include "passes/permute_axes.h"

namespace alice {
namespace {

std::int64_t Unpermuted(std::int64_t axis, const Shape& permutation) {
  const auto rank = static_cast<std::int64_t>(permutation.rank());
  return permutation[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
}

void NameUnpermuted(Shape& axes, const Shape& permutation) {
  for (std::size_t i = 0; i < axes.rank(); ++i) axes.set(i, Unpermuted(axes[i], permutation));
}

}  // namespace

bool NamesItsAxes(const Node& node) {
  switch (node.kind) {
    case OpKind::Concat:
    case OpKind::Pad:
    case OpKind::Resize:
    case OpKind::Slice:
    case OpKind::Split:
    case OpKind::Tile:
      return true;
    default:
      return false;
  }
}

void NameUnpermuted(Attributes& attributes, const Shape& permutation) {
  if (auto* concat = std::get_if<ConcatAttributes>(&attributes)) concat->axis = Unpermuted(concat->axis, permutation);
  if (auto* split = std::get_if<SplitAttributes>(&attributes)) split->axis = Unpermuted(split->axis, permutation);
  if (auto* pad = std::get_if<PadAttributes>(&attributes)) NameUnpermuted(pad->axes, permutation);
  if (auto* resize = std::get_if<ResizeAttributes>(&attributes)) NameUnpermuted(resize->axes, permutation);
  if (auto* slice = std::get_if<SliceAttributes>(&attributes)) NameUnpermuted(slice->axes, permutation);
  if (auto* tile = std::get_if<TileAttributes>(&attributes)) {
    const Shape repeats = tile->repeats;
    for (std::size_t axis = 0; axis < repeats.rank(); ++axis) {
      tile->repeats.set(static_cast<std::size_t>(permutation[axis]), repeats[axis]);
    }
  }
}

}  // namespace alice
