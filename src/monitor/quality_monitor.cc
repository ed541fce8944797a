#include "monitor/quality_monitor.h"

#include <algorithm>
#include <limits>

#include "numeric/error_stats.h"

namespace alice {

void QualityMonitor::Restart() {
  since_check_ = 0;
  window_.Restart();
  probe_ = {};
}

std::size_t QualityMonitor::UntilMonitored() const {
  if (limits_.monitor_interval == 0) return std::numeric_limits<std::size_t>::max();
  return limits_.monitor_interval - since_check_;
}

Verdict QualityMonitor::Judge(const AnswerPair& answers) {
  const double similarity = CosineSimilarity(answers.fp32, answers.int8, answers.n);
  const bool is_fine = similarity >= limits_.similarity_threshold;
  window_.Add(similarity, is_fine, Top1Agreement(answers.fp32, answers.int8, answers.scores));
  const auto verdict = [&](RecoveryEvent event) { return Verdict{similarity, event, ReasonOf(event)}; };
  if (similarity < limits_.fallback_threshold) return verdict(RecoveryEvent::dissimilar);
  if (window_.Disagreement() > limits_.max_accuracy_drop) return verdict(RecoveryEvent::disagreeing);
  if (!is_fine) return verdict(RecoveryEvent::drifting);
  if (window_.Disagreement() > 0.0 && window_.Disagreement() >= limits_.warn_accuracy_drop) {
    return {similarity, RecoveryEvent::drifting, FallbackReason::accuracy_drop};
  }
  if (window_.is_full() && window_.flaws() == 0) return verdict(RecoveryEvent::steady);
  return {similarity, std::nullopt, FallbackReason::none};
}

std::size_t QualityMonitor::UntilProbe() const { return limits_.recovery_check_interval - since_check_; }

bool QualityMonitor::NextIsProbe() {
  if (++since_check_ < limits_.recovery_check_interval) return false;
  since_check_ = 0;
  return true;
}

void QualityMonitor::Compare(const AnswerPair& answers, bool same_class) {
  const auto& [fp32, int8, n, scores] = answers;
  const double similarity = CosineSimilarity(fp32, int8, n);
  const bool is_similar = similarity >= std::max(limits_.similarity_threshold, limits_.fallback_threshold);
  const auto agrees = [&] { return 1.0 - Top1Agreement(fp32, int8, scores) <= limits_.max_accuracy_drop; };
  AddToProbe(similarity, is_similar && (!same_class || agrees()));
}

void QualityMonitor::AddToProbe(double similarity, bool passes) {
  ++probe_.compared;
  probe_.passed += passes ? 1 : 0;
  probe_.streak = passes ? probe_.streak + 1 : 0;
  probe_.lowest_similarity = std::min(probe_.lowest_similarity, similarity);
}

}  // namespace alice
