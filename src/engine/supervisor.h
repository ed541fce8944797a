#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "backends/backend.h"
#include "engine/engine_event.h"
#include "engine/failure_text.h"
#include "engine/options.h"
#include "monitor/clock.h"
#include "monitor/latency_meter.h"
#include "monitor/quality_monitor.h"
#include "monitor/recovery_machine.h"
#include "tensor/memory_budget.h"

namespace alice {

/// What has happened since the engine was made.
struct SupervisorCounts {
  std::array<std::uint64_t, kPrecisions> inferences{};  ///< by the precision that answered
  std::uint64_t monitored = 0;
  std::uint64_t warnings = 0;
  std::array<std::uint64_t, kFallbackReasons> fallbacks{};
  std::uint64_t recoveries = 0;
  std::uint64_t probes = 0, probed = 0, probes_passed = 0;  ///< probes, the answers they compared, and those similar
  std::uint64_t refusals = 0;                               ///< of memory
};

/// How a model in service stands.
struct Standing {
  FallbackReason fallback = FallbackReason::none;  ///< why FP32 answers, or would if the user did not hold it there
  double fallback_at_ms = 0.0;  ///< when the latest fallback began, in ms since 1970; 0: there was none
  bool is_warned = false;       ///< INT8 answers, and there is something to warn of
  bool is_held = false;         ///< FP32 answers as the user says so
};

/// Keeps the books of an engine, over all the models it has served: it asks the monitor, moves the recovery machine, counts,
/// and queues what the page is to be told. Allocates nothing.
class Supervisor {
 public:
  Supervisor(const MemoryBudget& budget, const Clock& clock) : budget_(&budget), clock_(&clock), monitor_({}) {}

  /// A model is put in service under these options. `figures` are what the reason goes by.
  struct AdoptionFigures {
    double similarity = EngineEvent::kNone;
    double accuracy_drop = EngineEvent::kNone;
    double quantization_ms = EngineEvent::kNone;
  };
  void Adopt(RecoveryEvent adoption, FallbackReason reason, const Options& options, const AdoptionFigures& figures);
  /// The model in service goes on as it did under another supervisor, which has counted and told what led there.
  void Resume(const Standing& standing, const Options& options);
  /// Events that no inference causes: hold, release, pressed.
  void Apply(RecoveryEvent event);
  /// Memory was refused to the engine, which goes on without.
  void CountRefusal();

  [[nodiscard]] const RecoveryMachine& machine() const { return machine_; }
  [[nodiscard]] QualityMonitor& monitor() { return monitor_; }
  [[nodiscard]] const QualityMonitor& monitor() const { return monitor_; }
  [[nodiscard]] LatencyMeter& meter(Precision precision) { return meters_[static_cast<std::size_t>(precision)]; }
  [[nodiscard]] const LatencyMeter& meter(Precision precision) const {
    return meters_[static_cast<std::size_t>(precision)];
  }
  [[nodiscard]] double NowMs() const { return clock_->NowMs(); }

  /// An inference begins.
  void Begin() { ++begun_; }

  // What an INT8 inference shows, in this order; any of them may end in a fallback. Of the one that does, FP32 gives the
  // answer.

  /// It failed, with that text.
  void Failed(const FailureText& text);
  /// It was timed, or is one of several that were timed together.
  void CheckResources(bool was_timed);
  /// It was monitored, with these answers; gives their similarity.
  double Monitored(const AnswerPair& answers);

  /// A probe is over, whose INT8 runs took this long on average.
  void Probed(double mean_ms);

  /// The device has stopped answering, or does again.
  void DeviceChanged(bool is_back);

  /// The answer that is given was found in that precision.
  void Answered(Precision precision) { ++counts_.inferences[static_cast<std::size_t>(precision)]; }

  [[nodiscard]] const SupervisorCounts& counts() const { return counts_; }
  /// For how long that precision has been the one that answers.
  [[nodiscard]] double TimeInMs(Precision precision) const;
  /// Milliseconds since 1970; 0: never.
  [[nodiscard]] double fallback_at_ms() const { return fallback_at_ms_; }
  [[nodiscard]] double probed_at_ms() const { return probed_at_ms_; }
  [[nodiscard]] EventQueue& events() { return events_; }
  [[nodiscard]] const EventQueue& events() const { return events_; }
  /// What the latest failed INT8 run said.
  [[nodiscard]] std::string_view failure() const { return failure_.view(); }

 private:
  [[nodiscard]] Precision precision() const { return machine_.answers_int8() ? Precision::int8 : Precision::fp32; }
  /// The event with the figures of the moment.
  [[nodiscard]] EngineEvent Describe(EngineEvent::Kind kind, FallbackReason reason) const;
  /// What INT8 did wrong: a fallback, or a warning where falling back is switched off.
  void Blame(RecoveryEvent event, FallbackReason reason, const EngineEvent& figures);
  void Apply(RecoveryEvent event, FallbackReason reason, EngineEvent figures);

  const MemoryBudget* budget_;
  const Clock* clock_;
  RecoveryMachine machine_;
  QualityMonitor monitor_;
  std::array<LatencyMeter, kPrecisions> meters_;
  SupervisorCounts counts_;
  EventQueue events_;
  FailureText failure_;
  std::uint64_t begun_ = 0;

  bool may_fall_back_ = true;
  double max_inference_ms_ = 0.0;
  double soft_latency_ms_ = 0.0;
  double soft_memory_bytes_ = 0.0;

  double since_ms_ = clock_->NowMs();  ///< when the present precision began to answer
  std::array<double, kPrecisions> time_in_ms_{};
  std::uint64_t fp32_at_fallback_ = 0;
  double fell_back_ms_ = 0.0;
  double fallback_at_ms_ = 0.0;
  double probed_at_ms_ = 0.0;
};

}  // namespace alice
