#include "ir/shape_product.h"

#include <limits>

namespace alice {

std::optional<std::int64_t> CheckedProduct(std::int64_t a, std::int64_t b) {
  if (a != 0 && b > std::numeric_limits<std::int64_t>::max() / a) return std::nullopt;
  return a * b;
}

std::optional<std::int64_t> CheckedProduct(std::span<const std::int64_t> sizes) {
  std::int64_t product = 1;
  for (const std::int64_t size : sizes) {
    const std::optional<std::int64_t> next = CheckedProduct(product, size);
    if (!next) return std::nullopt;
    product = *next;
  }
  return product;
}

Result<SymbolicProduct> ProductOf(std::span<const Dim> dims) {
  SymbolicProduct product;
  std::vector<std::int64_t> sizes;
  for (const Dim& dim : dims) {
    if (dim.known()) {
      sizes.push_back(dim.size);
    } else {
      product.symbols.push_back(dim.symbol);
    }
  }
  const std::optional<std::int64_t> factor = CheckedProduct(sizes);
  if (!factor) return MakeError(ErrorCode::model_limit, "the number of elements is beyond 64 bits");
  product.factor = *factor;
  return product;
}

std::optional<Dim> AsDim(const SymbolicProduct& product) {
  if (product.factor == 0 || product.symbols.empty()) return Dim::Known(product.factor);
  if (product.symbols.size() == 1 && product.factor == 1) return Dim::Symbol(product.symbols[0]);
  return std::nullopt;
}

}  // namespace alice
