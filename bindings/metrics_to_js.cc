#include <emscripten/val.h>

#include "bindings/guard.h"
#include "bindings/js_object.h"
#include "bindings/report_to_js.h"

namespace alice {
namespace {

using alice::ToJs;
using emscripten::val;

val Number(std::uint64_t value) { return val(static_cast<double>(value)); }

/// Of the bounds, three to a decade are told.
constexpr std::size_t kToldBounds[] = {0, 4, 7};  // 1, 2.5, 5

val ToJs(const LatencyMeter& meter) {
  const LatencyHistogram& histogram = meter.histogram();
  JsArray buckets;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < LatencyHistogram::kBuckets; ++i) {
    below += histogram.bucket(i);
    const bool is_last = i + 1 == LatencyHistogram::kBuckets;
    bool is_told = is_last;
    for (const std::size_t bound : kToldBounds) is_told = is_told || i % LatencyHistogram::kPerDecade == bound;
    if (!is_told) continue;
    JsObject bucket;
    bucket.Set("upToMs", LatencyHistogram::UpperBoundMs(i));
    bucket.Set("count", below);
    buckets.Push(bucket);
  }
  const auto timed = static_cast<double>(histogram.count());
  JsObject object;
  object.Set("count", meter.count());
  object.Set("timed", histogram.count());
  object.Set("meanMs", timed > 0.0 ? histogram.sum_ms() / timed : 0.0);
  object.Set("p50Ms", histogram.QuantileMs(0.5));
  object.Set("p95Ms", histogram.QuantileMs(0.95));
  object.Set("p99Ms", histogram.QuantileMs(0.99));
  object.Set("maxMs", histogram.max_ms());
  object.Set("sumMs", histogram.sum_ms());
  object.Set("buckets", buckets);
  return object;
}

std::string_view KindName(EngineEvent::Kind kind) {
  switch (kind) {
    case EngineEvent::Kind::warning:
      return "warning";
    case EngineEvent::Kind::calm:
      return "calm";
    case EngineEvent::Kind::fallback:
      return "fallback";
    case EngineEvent::Kind::probe:
      return "probe";
    case EngineEvent::Kind::recovered:
      return "recovered";
    case EngineEvent::Kind::memory:
      return "memory";
    case EngineEvent::Kind::backend:
      return "backend";
  }
  return "?";
}

val ToJs(const EngineEvent& event) {
  JsObject object;
  object.Set("kind", KindName(event.kind));
  object.Set("reason", FallbackReasonName(event.reason));
  object.Set("inference", event.inference);
  object.Set("similarity", event.similarity);
  object.Set("top1Disagreement", event.top1_disagreement);
  object.Set("latencyMs", event.latency_ms);
  object.Set("compared", event.probe.compared);
  object.Set("passed", event.probe.passed);
  object.Set("streak", event.probe.streak);
  object.Set("lowestSimilarity", event.probe.lowest_similarity);
  object.Set("recovers", event.recovers);
  object.Set("fp32Inferences", event.fp32_inferences);
  object.Set("fp32Ms", event.fp32_ms);
  object.Set("requestedBytes", event.requested_bytes);
  object.Set("heldBytes", event.held_bytes);
  object.Set("limitBytes", event.limit_bytes);
  return object;
}

}  // namespace

val ToJs(const EventQueue& events) {
  JsArray array;
  for (std::size_t i = 0; i < events.count(); ++i) array.Push(ToJs(events[i]));
  return array;
}

val ToJs(const Supervisor& supervisor) {
  const SupervisorCounts& counts = supervisor.counts();
  JsObject fallbacks;
  for (std::size_t reason = 1; reason < kFallbackReasons; ++reason) {
    fallbacks.set(ToJs(FallbackReasonName(static_cast<FallbackReason>(reason))), Number(counts.fallbacks[reason]));
  }
  const auto by_precision = [](const auto& figure_of) {
    JsObject object;
    object.Set("int8", figure_of(Precision::int8));
    object.Set("fp32", figure_of(Precision::fp32));
    return object;
  };
  JsObject probes;
  probes.Set("checks", counts.probes);
  probes.Set("compared", counts.probed);
  probes.Set("passed", counts.probes_passed);
  probes.Set("failed", counts.probed - counts.probes_passed);
  probes.Set("streak", supervisor.monitor().probe().streak);
  const SimilarityWindow& window = supervisor.monitor().window();
  JsArray history;
  for (std::size_t i = 0; i < window.count(); ++i) history.Push(val(window.similarity(i)));
  JsObject similarity;
  if (window.count() > 0) {
    similarity.Set("last", window.similarity(window.count() - 1));
    similarity.Set("mean", window.Mean());
    similarity.Set("min", window.Lowest());
  }
  similarity.Set("history", history);
  JsObject object;
  object.Set("inferences", by_precision([&](Precision precision) {
               return Number(counts.inferences[static_cast<std::size_t>(precision)]);
             }));
  object.Set("monitored", counts.monitored);
  object.Set("warnings", counts.warnings);
  object.Set("fallbacks", fallbacks);
  object.Set("recoveries", counts.recoveries);
  object.Set("probes", probes);
  object.Set("timeInModeMs", by_precision([&](Precision precision) { return val(supervisor.TimeInMs(precision)); }));
  object.Set("latency", by_precision([&](Precision precision) { return ToJs(supervisor.meter(precision)); }));
  object.Set("similarity", similarity);
  object.Set("top1Disagreement", window.Disagreement());
  object.Set("refusals", counts.refusals);
  return object;
}

}  // namespace alice
