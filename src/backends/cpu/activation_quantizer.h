#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/cpu/ops.h"
#include "kernels/quantize_u8/quantize_u8.h"

namespace alice {

/// Quantizes what a quantized node takes as its first input, as the node's scheme and its Connection say.
class ActivationQuantizer {
 public:
  explicit ActivationQuantizer(const CompileContext& context);

  void Connect(const Connection& connection) { connection_ = connection; }
  [[nodiscard]] const ActivationScheme& scheme() const { return scheme_; }
  [[nodiscard]] const Connection& connection() const { return connection_; }

  /// How values that share a range become codes, these being clipped to [low, high].
  struct Grid {
    QParams qparams;
    std::uint8_t low = 0;
    std::uint8_t high = 255;
  };
  /// The grid of x [count]: that of the static parameters, else of the range of x, clipped at the dynamic bound.
  [[nodiscard]] Grid GridOf(const float* x, std::size_t count, const Threads& threads = {}) const;
  /// The same for values of that range.
  [[nodiscard]] Grid GridOf(MinMax range) const;
  /// That of the sample of that number in the node's input, `elements` long.
  [[nodiscard]] Grid GridOfSample(const OpIo& io, std::size_t sample, std::size_t elements) const;
  /// x [rows, columns] to codes, row stride `stride` ≥ columns.
  void Run(const float* x, std::size_t rows, std::size_t columns, const Grid& grid, std::uint8_t* codes,
           std::size_t stride) const;

  /// A sample as codes, all of one grid.
  struct Sample {
    const std::uint8_t* codes;
    QParams qparams;
  };
  /// The sample of that number in the node's input, `elements` long: as it lies there, or quantized into `codes`. Requires
  /// a scheme that is not per token.
  [[nodiscard]] Sample SampleOf(const OpIo& io, std::size_t sample, std::size_t elements, std::uint8_t* codes) const;

 private:
  [[nodiscard]] QParams QParamsOf(MinMax range) const;
  [[nodiscard]] MinMax RangeOf(const float* x, std::size_t count, const Threads& threads) const;

  const MinMaxF32Kernel& min_max_;
  const QuantizeF32U8Kernel& quantize_;
  ActivationScheme scheme_;
  Connection connection_;
};

}  // namespace alice
