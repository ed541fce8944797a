#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "monitor/fallback_reason.h"
#include "monitor/quality_monitor.h"

namespace alice {

/// What the page is told, or keeps for another engine (calm: what was warned of is over). Figures that do not belong to the kind are NaN or 0.
struct EngineEvent {
  enum class Kind : std::uint8_t { warning, calm, fallback, probe, recovered, memory, backend };
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  Kind kind = Kind::warning;
  FallbackReason reason = FallbackReason::none;  ///< of the warning, of the fallback, of the one that is over
  std::uint64_t inference = 0;                   ///< how many inferences there have been, that one included
  double similarity = kNone;
  double top1_disagreement = kNone;
  double latency_ms = kNone;
  ProbeOutcome probe;
  bool recovers = false;              ///< a probe that brings INT8 back; a device that is back
  std::uint64_t fp32_inferences = 0;  ///< recovered: how many FP32 answered
  double fp32_ms = kNone;             ///< recovered: for how long
  std::size_t requested_bytes = 0;    ///< memory: what was refused
  std::size_t held_bytes = 0, limit_bytes = 0;
};

/// The events that wait to be told. Of a fixed size: the run path allocates nothing.
class EventQueue {
 public:
  static constexpr std::size_t kCapacity = 64;
  /// The most that one inference may cause.
  static constexpr std::size_t kPerInference = 6;

  /// What does not fit is lost: whoever may cause many events asks HasRoom before each inference.
  void Add(const EngineEvent& event) {
    if (count_ < kCapacity) events_[count_++] = event;
  }
  [[nodiscard]] bool HasRoom() const { return count_ + kPerInference <= kCapacity; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] const EngineEvent& operator[](std::size_t index) const { return events_[index]; }
  void Clear() { count_ = 0; }
  /// Forgets those that came after the first `count`.
  void Truncate(std::size_t count) { count_ = std::min(count_, count); }

 private:
  std::array<EngineEvent, kCapacity> events_{};
  std::size_t count_ = 0;
};

}  // namespace alice
