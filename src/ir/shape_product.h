#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "ir/symbolic_shape.h"

namespace alice {

/// a · b for a, b ≥ 0, or nothing where that leaves int64.
std::optional<std::int64_t> CheckedProduct(std::int64_t a, std::int64_t b);
/// The product of all `sizes` from the left (1 for none), or nothing where that leaves int64 on its way: what
/// passes here, Shape::elements() can compute.
std::optional<std::int64_t> CheckedProduct(std::span<const std::int64_t> sizes);

/// factor · symbols[0] · symbols[1] · …: the product of some axes of a symbolic shape.
struct SymbolicProduct {
  std::int64_t factor = 1;
  std::vector<std::int32_t> symbols;
};

/// The product of `dims`. Error: model_limit where the known factors leave int64.
Result<SymbolicProduct> ProductOf(std::span<const Dim> dims);

/// The axis whose size is `product`: a number, or one symbol times 1. Nothing where an axis cannot say it.
std::optional<Dim> AsDim(const SymbolicProduct& product);

}  // namespace alice
