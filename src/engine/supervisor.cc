#include "engine/supervisor.h"

#include <algorithm>

namespace alice {
namespace {

/// What leads into the state in which that reason has FP32 answer.
RecoveryEvent AdoptionInFallback(FallbackReason reason) {
  switch (reason) {
    case FallbackReason::similarity_low:
      return RecoveryEvent::adopt_dissimilar;
    case FallbackReason::accuracy_drop:
      return RecoveryEvent::adopt_inaccurate;
    case FallbackReason::runtime_error:
    case FallbackReason::calibration_invalid:
      return RecoveryEvent::adopt_unjudged;
    default:
      return RecoveryEvent::adopt_late;
  }
}

}  // namespace

void Supervisor::Adopt(RecoveryEvent adoption, FallbackReason reason, const Options& options,
                       const AdoptionFigures& figures) {
  monitor_ = QualityMonitor(MonitorLimitsOf(options));
  may_fall_back_ = options.enableAutoFallback;
  max_inference_ms_ = options.maxInferenceMs;
  soft_latency_ms_ = options.softRecovery_latencyMs;
  soft_memory_bytes_ = options.softRecovery_memoryMB * kBytesPerMB;
  for (LatencyMeter& meter : meters_) meter.BeginModel();
  EngineEvent event = Describe(EngineEvent::Kind::fallback, reason);
  event.similarity = figures.similarity;
  event.top1_disagreement = figures.accuracy_drop;
  if (reason == FallbackReason::quant_timeout) event.latency_ms = figures.quantization_ms;
  Apply(adoption, reason, event);
}

void Supervisor::Resume(const Standing& standing, const Options& options) {
  const SupervisorCounts counts = counts_;
  const std::size_t events = events_.count();
  if (standing.fallback != FallbackReason::none) {
    Adopt(AdoptionInFallback(standing.fallback), standing.fallback, options, {});
  } else if (standing.is_warned) {
    Adopt(RecoveryEvent::adopt_warned, FallbackReason::none, options, {});
  }
  if (standing.is_held) Apply(RecoveryEvent::hold);
  if (standing.fallback_at_ms > 0.0) fallback_at_ms_ = standing.fallback_at_ms;
  counts_ = counts;
  events_.Truncate(events);
}

void Supervisor::Apply(RecoveryEvent event) {
  const FallbackReason reason = ReasonOf(event);
  const EngineEvent figures = Describe(EngineEvent::Kind::fallback, reason);
  const bool is_users = event == RecoveryEvent::hold || event == RecoveryEvent::release;
  return is_users ? Apply(event, reason, figures) : Blame(event, reason, figures);
}

void Supervisor::CountRefusal() {
  ++counts_.refusals;
  EngineEvent event = Describe(EngineEvent::Kind::memory, FallbackReason::memory_pressure);
  event.requested_bytes = budget_->refused_bytes();
  events_.Add(event);
}

void Supervisor::DeviceChanged(bool is_back) {
  EngineEvent event = Describe(EngineEvent::Kind::backend, FallbackReason::none);
  event.recovers = is_back;
  events_.Add(event);
}

EngineEvent Supervisor::Describe(EngineEvent::Kind kind, FallbackReason reason) const {
  EngineEvent event;
  event.kind = kind;
  event.reason = reason;
  event.inference = begun_;
  event.held_bytes = budget_->held_bytes();
  event.limit_bytes = budget_->limit_bytes();
  return event;
}

void Supervisor::Blame(RecoveryEvent event, FallbackReason reason, const EngineEvent& figures) {
  Apply(may_fall_back_ ? event : RecoveryEvent::drifting, reason, figures);
}

void Supervisor::Apply(RecoveryEvent event, FallbackReason reason, EngineEvent figures) {
  const Precision before = precision();
  const FallbackReason reason_before = machine_.reason();
  const bool was_fallback = machine_.health() == Health::fallback;
  const RecoveryAction action = machine_.Apply(event, reason);

  if (precision() != before) {
    const double now_ms = clock_->NowMs();
    time_in_ms_[static_cast<std::size_t>(before)] += now_ms - since_ms_;
    since_ms_ = now_ms;
    monitor_.Restart();
    for (LatencyMeter& meter : meters_) meter.EndStreak();
  }
  switch (action) {
    case RecoveryAction::none:
      return;
    case RecoveryAction::calm:
      figures.kind = EngineEvent::Kind::calm;
      break;
    case RecoveryAction::warn:
      ++counts_.warnings;
      figures.kind = EngineEvent::Kind::warning;
      break;
    case RecoveryAction::fall_back:
      ++counts_.fallbacks[static_cast<std::size_t>(reason)];
      fallback_at_ms_ = clock_->WallMs();
      if (!was_fallback) {
        fell_back_ms_ = clock_->NowMs();
        fp32_at_fallback_ = counts_.inferences[static_cast<std::size_t>(Precision::fp32)];
      }
      figures.kind = EngineEvent::Kind::fallback;
      break;
    case RecoveryAction::recover:
      ++counts_.recoveries;
      figures.kind = EngineEvent::Kind::recovered;
      figures.reason = reason_before;
      figures.fp32_inferences = counts_.inferences[static_cast<std::size_t>(Precision::fp32)] - fp32_at_fallback_;
      figures.fp32_ms = since_ms_ - fell_back_ms_;
      break;
  }
  events_.Add(figures);
  if (action != RecoveryAction::recover || machine_.health() != Health::warning) return;
  ++counts_.warnings;
  figures.kind = EngineEvent::Kind::warning;
  figures.reason = reason;
  events_.Add(figures);
}

void Supervisor::Failed(const FailureText& text) {
  failure_ = text;
  constexpr FallbackReason kReason = FallbackReason::runtime_error;
  Blame(RecoveryEvent::failed, kReason, Describe(EngineEvent::Kind::fallback, kReason));
}

void Supervisor::CheckResources(bool was_timed) {
  if (budget_->held_bytes() > budget_->limit_bytes()) {
    constexpr FallbackReason kReason = FallbackReason::memory_pressure;
    return Blame(RecoveryEvent::pressed, kReason, Describe(EngineEvent::Kind::fallback, kReason));
  }
  LatencyMeter& meter = meters_[static_cast<std::size_t>(Precision::int8)];
  if (!was_timed || !meter.IsSustainedAbove(max_inference_ms_)) return;
  constexpr FallbackReason kReason = FallbackReason::inference_slow;
  EngineEvent figures = Describe(EngineEvent::Kind::fallback, kReason);
  figures.latency_ms = meter.latest_ms();
  meter.EndStreak();
  Blame(RecoveryEvent::slow, kReason, figures);
}

double Supervisor::Monitored(const AnswerPair& answers) {
  ++counts_.monitored;
  const Verdict verdict = monitor_.Judge(answers);
  if (!verdict.event) return verdict.similarity;
  EngineEvent figures = Describe(EngineEvent::Kind::fallback, verdict.reason);
  figures.similarity = verdict.similarity;
  figures.top1_disagreement = monitor_.window().Disagreement();
  if (*verdict.event == RecoveryEvent::steady) {
    Apply(RecoveryEvent::steady, verdict.reason, figures);
  } else {
    Blame(*verdict.event, verdict.reason, figures);
  }
  return verdict.similarity;
}

void Supervisor::Probed(double mean_ms) {
  const ProbeOutcome probe = monitor_.probe();
  ++counts_.probes;
  counts_.probed += probe.compared;
  counts_.probes_passed += probe.passed;
  probed_at_ms_ = clock_->WallMs();
  EngineEvent figures = Describe(EngineEvent::Kind::probe, machine_.reason());
  figures.probe = probe;
  figures.latency_ms = mean_ms;
  if (!monitor_.HasStreak()) {
    events_.Add(figures);
    return;
  }
  const bool is_relaxed = static_cast<double>(budget_->held_bytes()) < soft_memory_bytes_ &&
                          mean_ms < soft_latency_ms_ && budget_->held_bytes() <= budget_->limit_bytes();
  const RecoveryEvent event = is_relaxed ? RecoveryEvent::relaxed : RecoveryEvent::proven;
  figures.recovers = TransitionOf(machine_.state(), event).action == RecoveryAction::recover;
  events_.Add(figures);
  Apply(event, FallbackReason::none, figures);
}

double Supervisor::TimeInMs(Precision asked) const {
  const double present_ms = asked == precision() ? clock_->NowMs() - since_ms_ : 0.0;
  return time_in_ms_[static_cast<std::size_t>(asked)] + present_ms;
}

}  // namespace alice
