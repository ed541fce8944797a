#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backends/backend.h"

namespace alice {

/// The integers of a layer's INT8 product in one run, for those who check that every backend computes the same. There are
/// none of weights in groups.
class LayerIntegers final : public RunObserver {
 public:
  /// Of the node of that index, as the device computes them where it has a part in the run.
  LayerIntegers(std::size_t node, bool allows_device) : node_(node), allows_device_(allows_device) {}

  [[nodiscard]] bool AllowsDevice() const override { return allows_device_; }
  [[nodiscard]] bool LooksAt(std::size_t node) const override { return node == node_; }
  void OnInt8Gemm(std::size_t node, const Int8GemmTrace& trace) override;

  /// Quantized activations, [rows, k]; empty of a convolution in groups, and of any convolution on a device: neither lays
  /// them out as rows.
  [[nodiscard]] const std::vector<std::uint8_t>& codes() const { return codes_; }
  /// Codes · weights without zero-point correction, [rows, n].
  [[nodiscard]] const std::vector<std::int32_t>& accumulators() const { return accumulators_; }
  /// Whether the device has computed them.
  [[nodiscard]] bool by_device() const { return by_device_; }

 private:
  std::size_t node_;
  bool allows_device_;
  bool by_device_ = false;
  std::vector<std::uint8_t> codes_;
  std::vector<std::int32_t> accumulators_;
};

}  // namespace alice
