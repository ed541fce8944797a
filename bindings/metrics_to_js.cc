#include <emscripten/val.h>

#include "bindings/guard.h"
#include "bindings/report_to_js.h"

namespace alice {
namespace {

using alice::ToJs;
using emscripten::val;

val Number(std::uint64_t value) { return val(static_cast<double>(value)); }

/// Every so manieth bound is told: three to a decade.
constexpr std::size_t kToldBounds[] = {0, 4, 7};  // 1, 2.5, 5

val ToJs(const LatencyMeter& meter) {
  const LatencyHistogram& histogram = meter.histogram();
  auto buckets = val::array();
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < LatencyHistogram::kBuckets; ++i) {
    below += histogram.bucket(i);
    const bool is_last = i + 1 == LatencyHistogram::kBuckets;
    bool is_told = is_last;
    for (const std::size_t bound : kToldBounds) is_told = is_told || i % LatencyHistogram::kPerDecade == bound;
    if (!is_told) continue;
    auto bucket = val::object();
    bucket.set("upToMs", LatencyHistogram::UpperBoundMs(i));
    bucket.set("count", Number(below));
    buckets.call<void>("push", bucket);
  }
  const auto timed = static_cast<double>(histogram.count());
  auto object = val::object();
  object.set("count", Number(meter.count()));
  object.set("timed", Number(histogram.count()));
  object.set("meanMs", timed > 0.0 ? histogram.sum_ms() / timed : 0.0);
  object.set("p50Ms", histogram.QuantileMs(0.5));
  object.set("p95Ms", histogram.QuantileMs(0.95));
  object.set("p99Ms", histogram.QuantileMs(0.99));
  object.set("maxMs", histogram.max_ms());
  object.set("sumMs", histogram.sum_ms());
  object.set("buckets", buckets);
  return object;
}

std::string_view KindName(EngineEvent::Kind kind) {
  switch (kind) {
    case EngineEvent::Kind::warning:
      return "warning";
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
  auto object = val::object();
  object.set("kind", ToJs(KindName(event.kind)));
  object.set("reason", ToJs(FallbackReasonName(event.reason)));
  object.set("inference", Number(event.inference));
  object.set("similarity", event.similarity);
  object.set("top1Disagreement", event.top1_disagreement);
  object.set("latencyMs", event.latency_ms);
  object.set("compared", Number(event.probe.compared));
  object.set("passed", Number(event.probe.passed));
  object.set("streak", Number(event.probe.streak));
  object.set("lowestSimilarity", event.probe.lowest_similarity);
  object.set("recovers", event.recovers);
  object.set("fp32Inferences", Number(event.fp32_inferences));
  object.set("fp32Ms", event.fp32_ms);
  object.set("requestedBytes", Number(event.requested_bytes));
  object.set("heldBytes", Number(event.held_bytes));
  object.set("limitBytes", Number(event.limit_bytes));
  return object;
}

}  // namespace

val ToJs(const EventQueue& events) {
  auto array = val::array();
  for (std::size_t i = 0; i < events.count(); ++i) array.call<void>("push", ToJs(events[i]));
  return array;
}

val ToJs(const Supervisor& supervisor) {
  const SupervisorCounts& counts = supervisor.counts();
  auto fallbacks = val::object();
  for (std::size_t reason = 1; reason < kFallbackReasons; ++reason) {
    fallbacks.set(ToJs(FallbackReasonName(static_cast<FallbackReason>(reason))), Number(counts.fallbacks[reason]));
  }
  const auto by_precision = [](const auto& figure_of) {
    auto object = val::object();
    object.set("int8", figure_of(Precision::int8));
    object.set("fp32", figure_of(Precision::fp32));
    return object;
  };
  auto probes = val::object();
  probes.set("checks", Number(counts.probes));
  probes.set("compared", Number(counts.probed));
  probes.set("passed", Number(counts.probes_passed));
  probes.set("failed", Number(counts.probed - counts.probes_passed));
  probes.set("streak", Number(supervisor.monitor().probe().streak));
  const SimilarityWindow& window = supervisor.monitor().window();
  auto history = val::array();
  for (std::size_t i = 0; i < window.count(); ++i) history.call<void>("push", window.similarity(i));
  auto similarity = val::object();
  if (window.count() > 0) {
    similarity.set("last", window.similarity(window.count() - 1));
    similarity.set("mean", window.Mean());
    similarity.set("min", window.Lowest());
  }
  similarity.set("history", history);
  auto object = val::object();
  object.set("inferences", by_precision([&](Precision precision) {
               return Number(counts.inferences[static_cast<std::size_t>(precision)]);
             }));
  object.set("monitored", Number(counts.monitored));
  object.set("warnings", Number(counts.warnings));
  object.set("fallbacks", fallbacks);
  object.set("recoveries", Number(counts.recoveries));
  object.set("probes", probes);
  object.set("timeInModeMs", by_precision([&](Precision precision) { return val(supervisor.TimeInMs(precision)); }));
  object.set("latency", by_precision([&](Precision precision) { return ToJs(supervisor.meter(precision)); }));
  object.set("similarity", similarity);
  object.set("top1Disagreement", window.Disagreement());
  object.set("refusals", Number(counts.refusals));
  return object;
}

}  // namespace alice
