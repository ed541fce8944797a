#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tensor/shape.h"

namespace alice {

/// One axis: a number known at load, or a symbol (an ONNX `dim_param`, such as the batch) known when a run
/// begins.
struct Dim {
  std::int64_t size = 0;
  std::int32_t symbol = -1;  ///< index into Graph::symbols, or −1 for a known size

  static Dim Known(std::int64_t size) { return {size, -1}; }
  static Dim Symbol(std::int32_t symbol) { return {0, symbol}; }
  [[nodiscard]] bool known() const { return symbol < 0; }

  friend bool operator==(const Dim&, const Dim&) = default;
};

/// A shape whose axes may be symbols. At most kMaxRank axes.
struct SymbolicShape {
  std::vector<Dim> dims;

  [[nodiscard]] std::size_t rank() const { return dims.size(); }
  [[nodiscard]] bool known() const;
  /// The shape with symbol i replaced by sizes[i].
  [[nodiscard]] Shape Resolve(std::span<const std::int64_t> sizes) const;
  /// The shape with every symbol replaced by `size`.
  [[nodiscard]] Shape At(std::int64_t size) const {
    Shape shape;
    for (const Dim& dim : dims) shape.Append(dim.known() ? dim.size : size);
    return shape;
  }
  /// "[batch, 12]"
  [[nodiscard]] std::string ToString(std::span<const std::string> symbols) const;

  static SymbolicShape Of(const Shape& shape);
  friend bool operator==(const SymbolicShape&, const SymbolicShape&) = default;
};

}  // namespace alice
