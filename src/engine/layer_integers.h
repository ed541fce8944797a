#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backends/backend.h"

namespace alice {

/// The integers of a layer's INT8 product in one run, for those who check that every backend computes the same. There are
/// none of a depthwise convolution, which is no product of rows, nor of weights in groups.
class LayerIntegers final : public RunObserver {
 public:
  /// Of the node of that index.
  explicit LayerIntegers(std::size_t node) : node_(node) {}

  void OnInt8Gemm(std::size_t node, const Int8GemmTrace& trace) override;

  /// Quantized activations, [rows, k].
  [[nodiscard]] const std::vector<std::uint8_t>& codes() const { return codes_; }
  /// Codes · weights without zero-point correction, [rows, n].
  [[nodiscard]] const std::vector<std::int32_t>& accumulators() const { return accumulators_; }

 private:
  std::size_t node_;
  std::vector<std::uint8_t> codes_;
  std::vector<std::int32_t> accumulators_;
};

}  // namespace alice
