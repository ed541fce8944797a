#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "monitor/recovery_machine.h"
#include "monitor/similarity_window.h"
#include "numeric/top1.h"

namespace alice {

/// What the monitor goes by; the options of the same names say what each is.
struct MonitorLimits {
  double similarity_threshold = 0.98;
  double fallback_threshold = 0.95;
  double warn_accuracy_drop = 0.02;
  double max_accuracy_drop = 0.05;
  std::size_t monitor_interval = 10;         ///< 0: INT8 is not monitored
  std::size_t recovery_check_interval = 10;  ///< at least 1
  std::size_t recovery_streak = 10;          ///< at least 1
};

/// The two answers [n] to one input, with the scores among them.
struct AnswerPair {
  const float* fp32;
  const float* int8;
  std::size_t n;
  std::span<const ClassScores> scores;
};

/// What a monitored inference says.
struct Verdict {
  double similarity;
  std::optional<RecoveryEvent> event;  ///< nothing: as it should be
  FallbackReason reason;               ///< what it is about
};

/// What a probe found.
struct ProbeOutcome {
  std::size_t compared = 0;
  std::size_t passed = 0;
  std::size_t streak = 0;  ///< how many of the last ones in a row were similar, earlier probes included
  double lowest_similarity = 1.0;
};

/// Decides when INT8 is checked and what that means. It sees outputs and nothing else; the engine runs and acts.
///
/// INT8: every monitor_interval-th inference since INT8 began to answer is monitored. FP32: every
/// recovery_check_interval-th since FP32 began to answer is a probe, which compares INT8 with the answers since the last
/// one. Similarity is the cosine of all outputs; classes are the arg max over the last axis of each.
class QualityMonitor {
 public:
  explicit QualityMonitor(const MonitorLimits& limits) : limits_(limits) {}

  /// The other precision begins to answer: counting begins anew, and what was seen no longer counts.
  void Restart();

  /// How many INT8 inferences until one is monitored, that included; SIZE_MAX with the monitor off.
  [[nodiscard]] std::size_t UntilMonitored() const;
  /// Counts an INT8 inference; whether it is to be monitored.
  bool NextIsMonitored() {
    if (limits_.monitor_interval == 0 || ++since_check_ < limits_.monitor_interval) return false;
    since_check_ = 0;
    return true;
  }
  /// The two answers to a monitored inference.
  Verdict Judge(const AnswerPair& answers);

  [[nodiscard]] std::size_t UntilProbe() const;
  /// Counts an FP32 inference; whether it is to be a probe.
  bool NextIsProbe();
  /// A probe: compare each answer, then ask what came of it. An answer passes that is similar enough for both thresholds
  /// and, where `same_class` is asked for, disagrees on no more classes than max_accuracy_drop. A run that failed has
  /// similarity 0.
  void BeginProbe() { probe_ = {.streak = probe_.streak}; }
  void Compare(const AnswerPair& answers, bool same_class);
  void CompareFailed() { AddToProbe(0.0, false); }
  [[nodiscard]] const ProbeOutcome& probe() const { return probe_; }
  [[nodiscard]] bool HasStreak() const { return probe_.streak >= limits_.recovery_streak; }

  [[nodiscard]] const SimilarityWindow& window() const { return window_; }
  [[nodiscard]] const MonitorLimits& limits() const { return limits_; }

 private:
  void AddToProbe(double similarity, bool passes);

  MonitorLimits limits_;
  SimilarityWindow window_;
  ProbeOutcome probe_;
  std::size_t since_check_ = 0;
};

}  // namespace alice
