#include "ir/symbolic_shape.h"

#include <algorithm>

namespace alice {

bool SymbolicShape::known() const {
  return std::all_of(dims.begin(), dims.end(), [](const Dim& dim) { return dim.known(); });
}

Shape SymbolicShape::Resolve(std::span<const std::int64_t> sizes) const {
  Shape shape;
  for (const Dim& dim : dims) shape.Append(dim.known() ? dim.size : sizes[static_cast<std::size_t>(dim.symbol)]);
  return shape;
}

std::string SymbolicShape::ToString(std::span<const std::string> symbols) const {
  std::string text = "[";
  for (const Dim& dim : dims) {
    if (text.size() > 1) text += ", ";
    text += dim.known() ? std::to_string(dim.size) : symbols[static_cast<std::size_t>(dim.symbol)];
  }
  return text + "]";
}

SymbolicShape SymbolicShape::Of(const Shape& shape) {
  SymbolicShape symbolic;
  for (const std::int64_t dim : shape.dims()) symbolic.dims.push_back(Dim::Known(dim));
  return symbolic;
}

}  // namespace alice
