// What an engine does when INT8 goes wrong while it runs: each trigger by a real cause, with exact counts.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "allocation_counter.h"
#include "engine/engine.h"
#include "watched.h"

namespace alice {
namespace {

TEST_CASE("every tenth INT8 inference is also run in FP32, and says how similar they are", "[supervision]") {
  Watched watched;
  for (int i = 1; i <= 40; ++i) {
    const Answer answer = watched.Ask();
    CHECK(answer.precision == Precision::int8);
    CHECK(std::isnan(answer.similarity) == (i % 10 != 0));
    if (i % 10 == 0) CHECK(answer.similarity > 0.99f);
  }
  CHECK(watched.engine.supervisor().counts().monitored == 4);
  CHECK(watched.events.empty());
}

TEST_CASE("corrupted weights: the monitored inference falls back, gives FP32's answer, and repaired ones come back",
          "[supervision]") {
  Watched watched;
  Faults& faults = *watched.engine.faults();
  const std::string layer = FirstQuantizedLayer(watched.engine);
  CHECK(watched.Ask(12) == Repeat("8", 12));
  REQUIRE(faults.CorruptWeights(layer, 2).ok());

  // The monitor looks at the 20th inference.
  CHECK(watched.Ask(8) == "8888888f");
  const auto fallbacks = watched.Of(Kind::fallback);
  REQUIRE(fallbacks.size() == 1);
  CHECK(fallbacks[0].reason == FallbackReason::similarity_low);
  CHECK(fallbacks[0].inference == 20);
  CHECK(fallbacks[0].similarity < 0.95);
  CHECK(watched.engine.GetStatus().health == Health::fallback);
  CHECK(watched.engine.GetStatus().fallback == FallbackReason::similarity_low);
  const auto comparison = watched.engine.Compare();  // of the same input row
  REQUIRE(comparison.ok());
  CHECK(comparison->similarity < 0.95);

  // As long as the weights are wrong, probes say so.
  CHECK(watched.Ask(30) == Repeat("f", 30));
  auto probes = watched.Of(Kind::probe);
  REQUIRE(probes.size() == 3);
  CHECK(probes[0].inference == 30);
  CHECK(probes[2].inference == 50);
  for (const EngineEvent& probe : probes) {
    CHECK(probe.probe.compared == 10);
    CHECK(probe.probe.passed < 10);
    CHECK_FALSE(probe.recovers);
  }

  REQUIRE(faults.CorruptWeights(layer, 2).ok());
  CHECK(watched.Ask(11) == Repeat("f", 10) + "8");
  const auto recovered = watched.Of(Kind::recovered);
  REQUIRE(recovered.size() == 1);
  CHECK(recovered[0].reason == FallbackReason::similarity_low);
  CHECK(recovered[0].inference == 60);
  CHECK(recovered[0].fp32_inferences == 41);
  CHECK(watched.engine.GetStatus().health == Health::normal);
  CHECK(watched.engine.GetStatus().fallback == FallbackReason::none);
  const SupervisorCounts& counts = watched.engine.supervisor().counts();
  CHECK(watched.FallbacksFor(FallbackReason::similarity_low) == 1);
  CHECK(counts.recoveries == 1);
  CHECK(counts.probes == 4);
  CHECK(counts.probed == 40);
  CHECK(watched.engine.GetStatus().int8_count == 20);
  CHECK(watched.engine.GetStatus().fp32_count == 41);
}

TEST_CASE("the answer of the inference that falls back is FP32's, bit for bit", "[supervision]") {
  Watched watched({{"monitorInterval", 1.0}});
  Watched healthy;
  REQUIRE(healthy.engine.ForceFallback(true).ok());
  const std::string layer = FirstQuantizedLayer(watched.engine);
  REQUIRE(watched.engine.faults()->CorruptWeights(layer, 2).ok());
  const float* row = watched.set.rows.data();
  const std::vector<float> expected = InferRow(healthy.engine, row);
  CHECK(InferRow(watched.engine, row) == expected);
  CHECK(watched.engine.GetStatus().mode == Precision::fp32);
}

TEST_CASE("a skewed activation scale is noticed as well", "[supervision]") {
  const std::string_view strategy = GENERATE("dynamic", "static");
  Watched watched({{"strategy", strategy}});
  REQUIRE(watched.engine.faults()->SkewInput(FirstQuantizedLayer(watched.engine), 0.02).ok());
  const std::string seen = watched.Ask(100);
  const std::size_t at = seen.find('f');
  REQUIRE(at != std::string::npos);
  CHECK(at % 10 == 9);
  const auto fallbacks = watched.Of(Kind::fallback);
  REQUIRE(fallbacks.size() == 1);
  CHECK(fallbacks[0].inference == at + 1);
}

TEST_CASE("too many disagreements among the last hundred fall back for accuracy", "[supervision]") {
  // The thresholds let any similarity pass, so that only the classes count.
  Watched watched({{"monitorInterval", 1.0}, {"similarityThreshold", 0.0}, {"fallbackThreshold", 0.0}});
  REQUIRE(watched.engine.faults()->CorruptWeights(FirstQuantizedLayer(watched.engine), 3).ok());
  std::size_t disagreements = 0;
  std::size_t asked = 0;
  while (asked < 100) {
    const float* row = watched.NextRow();
    std::copy_n(row, kFeatureCount, watched.engine.input().begin());
    const auto comparison = watched.engine.Compare();
    REQUIRE(comparison.ok());
    const auto top = [](std::span<const float> values) { return std::ranges::max_element(values) - values.begin(); };
    disagreements += top(comparison->fp32) != top(comparison->int8) ? 1 : 0;
    const auto answer = Infer(watched.engine, row);
    REQUIRE(answer.ok());
    ++asked;
    CHECK((answer->precision == Precision::fp32) == (disagreements == 6));
    if (disagreements == 6) break;
  }
  REQUIRE(disagreements == 6);
  watched.Take();
  const auto fallbacks = watched.Of(Kind::fallback);
  REQUIRE(fallbacks.size() == 1);
  CHECK(fallbacks[0].reason == FallbackReason::accuracy_drop);
  CHECK(fallbacks[0].top1_disagreement == Approx(0.06));
  const auto warnings = watched.Of(Kind::warning);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].reason == FallbackReason::accuracy_drop);
  // Every similarity is good enough here, but as long as the classes differ INT8 does not come back.
  CHECK(watched.Ask(60) == Repeat("f", 60));
  REQUIRE(watched.engine.faults()->CorruptWeights(FirstQuantizedLayer(watched.engine), 3).ok());
  CHECK(watched.Ask(21).back() == '8');
}

TEST_CASE("a similarity between the thresholds warns once, and a full window without one ends the warning",
          "[supervision]") {
  // Between the similarity of this corruption and the healthy one.
  Watched watched(
      {{"monitorInterval", 1.0}, {"fallbackThreshold", 0.0}, {"maxAccuracyDrop", 1.0}, {"warnAccuracyDrop", 1.0}});
  const std::string layer = FirstQuantizedLayer(watched.engine);
  REQUIRE(watched.engine.faults()->CorruptWeights(layer, 2).ok());
  CHECK(watched.Ask(50) == Repeat("8", 50));
  REQUIRE(watched.Of(Kind::warning).size() == 1);
  CHECK(watched.Of(Kind::warning)[0].reason == FallbackReason::similarity_low);
  CHECK(watched.engine.GetStatus().health == Health::warning);
  REQUIRE(watched.engine.faults()->CorruptWeights(layer, 2).ok());
  CHECK(watched.Ask(99) == Repeat("8", 99));
  CHECK(watched.engine.GetStatus().health == Health::warning);
  watched.Ask();
  CHECK(watched.engine.GetStatus().health == Health::normal);
  CHECK(watched.Of(Kind::calm).size() == 1);
  CHECK(watched.engine.supervisor().counts().warnings == 1);
}

TEST_CASE("three measured inferences in a row above maxInferenceMs fall back, and come back when there is time again",
          "[supervision]") {
  Watched watched;
  watched.clock.tick_ms = 30.0;
  CHECK(watched.Ask(3) == "88f");
  const auto fallbacks = watched.Of(Kind::fallback);
  REQUIRE(fallbacks.size() == 1);
  CHECK(fallbacks[0].reason == FallbackReason::inference_slow);
  CHECK(fallbacks[0].inference == 3);
  CHECK(fallbacks[0].latency_ms == 30.0);

  // INT8 is as good as before, but not as fast as softRecovery asks.
  CHECK(watched.Ask(20) == Repeat("f", 20));
  REQUIRE(watched.Of(Kind::probe).size() == 2);
  CHECK(watched.Of(Kind::probe)[1].probe.streak == 20);
  watched.clock.tick_ms = 19.0;
  CHECK(watched.Ask(11) == Repeat("f", 10) + "8");
  REQUIRE(watched.Of(Kind::recovered).size() == 1);
  CHECK(watched.Of(Kind::recovered)[0].reason == FallbackReason::inference_slow);
  CHECK(watched.FallbacksFor(FallbackReason::inference_slow) == 1);
}

TEST_CASE("two slow inferences are not sustained", "[supervision]") {
  Watched watched;
  for (int round = 0; round < 4; ++round) {
    watched.clock.tick_ms = 30.0;
    CHECK(watched.Ask(2) == "88");
    watched.clock.tick_ms = 2.0;
    CHECK(watched.Ask(1) == "8");
  }
  CHECK(watched.events.empty());
}

TEST_CASE("an INT8 run that throws is answered by FP32", "[supervision]") {
  Watched watched;
  watched.engine.faults()->Throw(1);
  CHECK(watched.Ask(11) == Repeat("f", 11));
  CHECK(watched.Ask(1) == "8");
  const auto fallbacks = watched.Of(Kind::fallback);
  REQUIRE(fallbacks.size() == 1);
  CHECK(fallbacks[0].reason == FallbackReason::runtime_error);
  CHECK(fallbacks[0].inference == 1);
  CHECK(watched.engine.supervisor().failure().find("injected") != std::string_view::npos);
  REQUIRE(watched.Of(Kind::recovered).size() == 1);
  CHECK(watched.Of(Kind::recovered)[0].inference == 11);
}

TEST_CASE("a probe that throws ends the streak", "[supervision]") {
  Watched watched;
  watched.engine.faults()->Throw(2);  // the inference, and the first run of the first probe
  CHECK(watched.Ask(11) == Repeat("f", 11));
  REQUIRE(watched.Of(Kind::probe).size() == 1);
  CHECK(watched.Of(Kind::probe)[0].probe.passed == 9);
  CHECK(watched.Of(Kind::probe)[0].probe.streak == 9);
  CHECK(watched.Ask(11) == Repeat("f", 10) + "8");
}

TEST_CASE("what is held above the budget falls back, and comes back with room", "[supervision]") {
  Watched watched({}, "behavior-classifier-large");
  const double held_mb = static_cast<double>(watched.engine.GetMemory().held_bytes) / (1024.0 * 1024.0);
  REQUIRE(held_mb < 1.0);
  // A batch that stays staged holds more than the smallest budget.
  const auto batch = watched.engine.StageBatch(20000);
  REQUIRE(batch.ok());
  REQUIRE(watched.engine.SetOption("maxMemoryMB", 1.0).ok());
  CHECK(watched.Ask(1) == "f");
  const auto fallbacks = watched.Of(Kind::fallback);
  REQUIRE(fallbacks.size() == 1);
  CHECK(fallbacks[0].reason == FallbackReason::memory_pressure);
  CHECK(fallbacks[0].held_bytes > fallbacks[0].limit_bytes);
  CHECK(watched.Ask(20) == Repeat("f", 20));
  watched.engine.EndBatch(*batch);
  CHECK(watched.Ask(11) == Repeat("f", 10) + "8");
  CHECK(watched.FallbacksFor(FallbackReason::memory_pressure) == 1);
}

TEST_CASE("a late quantization starts in FP32, and the first probe brings INT8 in", "[supervision]") {
  Watched watched;
  REQUIRE(watched.engine.SetOption("maxLatencyMs", 5.0).ok());
  const auto result = Quantize(watched.engine, ReadModel("behavior-classifier"), &watched.set, 1e6);
  REQUIRE(result.ok());
  watched.Take();
  REQUIRE(watched.Of(Kind::fallback).size() == 1);
  CHECK(watched.Of(Kind::fallback)[0].reason == FallbackReason::quant_timeout);
  CHECK(watched.Of(Kind::fallback)[0].latency_ms > 1e6);
  CHECK(watched.Ask(11) == Repeat("f", 10) + "8");
  CHECK(watched.Of(Kind::recovered).size() == 1);
}

TEST_CASE("what the user holds stays held: no probes, over models, until released", "[supervision]") {
  Watched watched;
  REQUIRE(watched.engine.ForceFallback(true).ok());
  CHECK(watched.Ask(50) == Repeat("f", 50));
  REQUIRE(Quantize(watched.engine, ReadModel("behavior-classifier-large"), &watched.set).ok());
  CHECK(watched.Ask(50) == Repeat("f", 50));
  CHECK(watched.Of(Kind::probe).empty());
  REQUIRE(watched.engine.ForceFallback(false).ok());
  CHECK(watched.Ask(1) == "8");
  CHECK(watched.Of(Kind::fallback).size() == 1);
  REQUIRE(watched.Of(Kind::recovered).size() == 1);
  CHECK(watched.Of(Kind::recovered)[0].reason == FallbackReason::manual_override);
}

TEST_CASE("releasing does not bring back INT8 that was not safe", "[supervision]") {
  Watched watched({{"monitorInterval", 1.0}});
  REQUIRE(watched.engine.faults()->CorruptWeights(FirstQuantizedLayer(watched.engine), 2).ok());
  CHECK(watched.Ask(1) == "f");
  REQUIRE(watched.engine.ForceFallback(true).ok());
  REQUIRE(watched.engine.ForceFallback(false).ok());
  CHECK(watched.Ask(1) == "f");
  CHECK(watched.engine.GetStatus().fallback == FallbackReason::similarity_low);
}

TEST_CASE("with falling back switched off, INT8 goes on and only warns; what fails is answered all the same",
          "[supervision]") {
  Watched watched({{"monitorInterval", 1.0}, {"enableAutoFallback", false}});
  watched.engine.faults()->Throw(1);
  CHECK(watched.Ask(2) == "f8");
  REQUIRE(watched.engine.faults()->CorruptWeights(FirstQuantizedLayer(watched.engine), 2).ok());
  watched.clock.tick_ms = 30.0;
  CHECK(watched.Ask(20) == Repeat("8", 20));
  REQUIRE(watched.events.size() == 1);
  CHECK(watched.events[0].kind == Kind::warning);
  CHECK(watched.events[0].reason == FallbackReason::runtime_error);
}

TEST_CASE("a good model that comes after a fallback ends it, and says so", "[supervision]") {
  Watched watched({{"monitorInterval", 1.0}});
  REQUIRE(watched.engine.faults()->CorruptWeights(FirstQuantizedLayer(watched.engine), 2).ok());
  CHECK(watched.Ask(1) == "f");
  REQUIRE(Quantize(watched.engine, ReadModel("behavior-classifier"), &watched.set).ok());
  watched.Take();
  REQUIRE(watched.Of(Kind::recovered).size() == 1);
  CHECK(watched.Of(Kind::recovered)[0].reason == FallbackReason::similarity_low);
  CHECK(watched.Ask(1) == "8");
}

TEST_CASE("neither monitored inferences nor probes allocate", "[supervision]") {
  Watched watched({{"monitorInterval", 2.0}, {"recoveryCheckInterval", 2.0}});
  std::copy_n(watched.NextRow(), kFeatureCount, watched.engine.input().begin());
  const std::string layer = FirstQuantizedLayer(watched.engine);
  bool all_ok = true;
  const std::size_t before = AllocationCount();
  for (int i = 0; i < 100; ++i) {
    all_ok = watched.engine.Infer().ok() && all_ok;
    watched.engine.ClearEvents();
  }
  const std::size_t healthy = AllocationCount();
  REQUIRE(watched.engine.faults()->CorruptWeights(layer, 2).ok());
  const std::size_t corrupted = AllocationCount();
  for (int i = 0; i < 100; ++i) {
    all_ok = watched.engine.Infer().ok() && all_ok;
    watched.engine.ClearEvents();
  }
  const std::size_t after = AllocationCount();
  CHECK(all_ok);
  CHECK(healthy == before);
  CHECK(after == corrupted);
  CHECK(watched.engine.supervisor().counts().probes > 40);
}

TEST_CASE("time in each mode adds up", "[supervision]") {
  Watched watched;
  const double begin_ms = watched.clock.now_ms;
  const auto int8_ms = [&] { return watched.engine.supervisor().TimeInMs(Precision::int8); };
  const auto fp32_ms = [&] { return watched.engine.supervisor().TimeInMs(Precision::fp32); };
  const double int8_before_ms = int8_ms();
  watched.clock.now_ms += 500.0;
  REQUIRE(watched.engine.ForceFallback(true).ok());
  watched.clock.now_ms += 70.0;
  REQUIRE(watched.engine.ForceFallback(false).ok());
  watched.clock.now_ms += 1.0;
  CHECK(int8_ms() - int8_before_ms == Approx(501.0));
  CHECK(fp32_ms() == Approx(70.0));
  CHECK(watched.clock.now_ms - begin_ms == Approx(571.0));
  watched.Take();
  REQUIRE(watched.Of(Kind::recovered).size() == 1);
  CHECK(watched.Of(Kind::recovered)[0].fp32_ms == Approx(70.0));
}

}  // namespace
}  // namespace alice
