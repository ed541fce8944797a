#pragma once

#include <cstddef>

#include "ir/attributes.h"
#include "ir/graph.h"
#include "tensor/shape.h"

namespace alice {

/// The sizes of a Gemm or of a MatMul with a rank-2 B: [m, k] · [k, n].
struct GemmShape {
  std::size_t m = 0;
  std::size_t n = 0;
  std::size_t k = 0;
};

/// All axes of `a` but the last one together are the rows.
inline GemmShape GemmShapeOf(const Shape& a, const Shape& b, const GemmAttributes& attributes) {
  GemmShape shape;
  const auto k = attributes.trans_a ? a[0] : a[a.rank() - 1];
  shape.k = static_cast<std::size_t>(k);
  shape.m = k == 0 ? static_cast<std::size_t>(a.Product(0, a.rank() - 1)) : static_cast<std::size_t>(a.elements() / k);
  shape.n = static_cast<std::size_t>(attributes.trans_b ? b[0] : b[1]);
  return shape;
}

/// The Gemm attributes of a node: a MatMul's are the defaults.
inline GemmAttributes GemmAttributesOf(const Node& node) {
  const auto* attributes = std::get_if<GemmAttributes>(&node.attributes);
  return attributes != nullptr ? *attributes : GemmAttributes{};
}

}  // namespace alice
