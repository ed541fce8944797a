#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "backends/accelerator.h"

namespace alice {

/// What a device does wrong on purpose, for tests. All but `none` act on every run.
enum class DeviceFault : std::uint8_t {
  none,
  sum,  ///< the first int32 sum of every INT8 product that it shows is off by one
  element,  ///< the first element of each tensor that it leaves is off: by one code, or by a thousandth of the largest value
  sign,  ///< every float that it leaves has the other sign
};

/// The fault of that name.
std::optional<DeviceFault> DeviceFaultOf(std::string_view name);

/// A device that does what another one does, and wrong where it is told to.
class FaultyAccelerator final : public Accelerator {
 public:
  explicit FaultyAccelerator(std::unique_ptr<Accelerator> sound) : sound_(std::move(sound)) {}

  /// For the coming runs of all segments that it has compiled.
  void set_fault(DeviceFault fault) { fault_ = fault; }

  [[nodiscard]] std::string_view device() const override { return sound_->device(); }
  [[nodiscard]] bool CanRun(const Graph& graph, const SegmentNode& node) const override {
    return sound_->CanRun(graph, node);
  }
  Result<std::unique_ptr<AcceleratedSegment>> Compile(const SegmentSpec& spec, MemoryBudget& budget) override;
  void Lose() override { sound_->Lose(); }
  void Restore() override { sound_->Restore(); }

 private:
  std::unique_ptr<Accelerator> sound_;
  DeviceFault fault_ = DeviceFault::none;
};

}  // namespace alice
