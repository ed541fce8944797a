#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "backends/accelerator.h"
#include "exec/partition.h"

namespace alice {

/// Steps of a session that a device executes.
struct DeviceSegment {
  StepRange steps;
  std::vector<ValueId> inputs, outputs;
  std::unique_ptr<AcceleratedSegment> device;
  std::vector<std::byte*> input_data, output_data;  ///< where these lie in a run
};

/// Neighbouring operators of a plan that a device executes, or the CPU: by their indices in the graph, in order.
struct PlanStretch {
  bool on_device = false;
  std::vector<std::size_t> nodes;
};

/// What a device does for a session, and how it is doing. After a failure the next runs are left to the CPU: one, and after each
/// further one twice as many, up to kLongestPause.
class Acceleration {
 public:
  static constexpr std::size_t kLongestPause = 64;

  [[nodiscard]] bool Has(Precision precision) const { return !Segments(precision).empty(); }
  [[nodiscard]] std::span<const DeviceSegment> Segments(Precision precision) const {
    return segments_[static_cast<std::size_t>(precision)];
  }
  [[nodiscard]] std::span<DeviceSegment> Segments(Precision precision) {
    return segments_[static_cast<std::size_t>(precision)];
  }
  void Begin(Precision precision, std::vector<DeviceSegment> segments) {
    segments_[static_cast<std::size_t>(precision)] = std::move(segments);
  }
  void End(Precision precision) { segments_[static_cast<std::size_t>(precision)].clear(); }

  /// As AcceleratedSegment has them, for all. A plan that fails is a failure of a run.
  void Plan(std::int64_t samples);
  void SetSamples(std::int64_t samples);

  /// Whether the coming run is to be tried.
  bool IsDue();
  /// Makes up for a plan that has failed, if one has.
  bool HasPlan();
  void Succeeded();
  void Failed(OwnedError error);
  /// Nothing more is left to the device: it has been wrong.
  void Distrust(OwnedError error);
  /// Why the latest run was left to the CPU; nothing where it was not.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  /// How many nodes run on the device.
  [[nodiscard]] std::size_t Steps(Precision precision) const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  std::array<std::vector<DeviceSegment>, kPrecisions> segments_;
  std::int64_t planned_samples_ = 0;
  std::int64_t samples_ = 0;
  bool needs_plan_ = false;
  std::optional<Error> error_;
  std::size_t pause_ = 0;  ///< how many runs are left out after a failure
  std::size_t left_ = 0;   ///< of those
};

/// What a device made of the inputs, beside the CPU.
struct AccelerationCheck {
  bool same_integers = false;       ///< codes and int32 sums of every INT8 product that both show
  std::size_t products = 0;         ///< how many those were
  double largest_difference = 0.0;  ///< between outputs, relative to the largest value of the output
  double device_ms = 0.0, cpu_ms = 0.0;

  static constexpr double kTolerance = 1e-5;
  [[nodiscard]] bool is_right() const { return same_integers && largest_difference <= kTolerance; }
};

/// The largest difference of two outputs, relative to the largest value of the first. Where the first is not finite, so must be
/// the second: else it is infinite.
double LargestDifference(std::span<const float> expected, std::span<const float> found);

}  // namespace alice
