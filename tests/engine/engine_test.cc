#include "engine/engine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "allocation_counter.h"
#include "behavior/features12.h"
#include "ir/shape_inference.h"
#include "onnx/reader.h"
#include "onnx/writer.h"
#include "quantized_engine.h"

namespace alice {
namespace {

TEST_CASE("quantize measures, and INT8 goes into service", "[engine]") {
  Engine engine;
  REQUIRE(engine.SetOption("maxLatencyMs", std::numeric_limits<double>::infinity()).ok());
  const Trajectories set(240, 1);
  const Bytes bytes = ReadModel("behavior-classifier-large");
  const auto result = Quantize(engine, bytes, &set);
  REQUIRE(result.ok());
  CHECK(result->success);
  CHECK(result->fallback == FallbackReason::none);
  CHECK(result->metrics.outputs.samples == 240);
  CHECK(result->metrics.outputs.mean_cosine >= 0.999);
  CHECK(result->metrics.outputs.fp32_accuracy.has_value());
  CHECK(result->original_bytes == bytes.size());
  CHECK(result->layers.size() == 4);
  CHECK(result->int8_model.size() < bytes.size() * 3 / 10);
  CHECK(engine.GetStatus().mode == Precision::int8);
  // Weights, scales and column sums as they lie in memory.
  const MemoryStatus memory = engine.GetMemory();
  CHECK(static_cast<double>(memory.served.int8_weight_bytes) <=
        0.27 * static_cast<double>(memory.served.fp32_weight_bytes));
}

TEST_CASE("the quantized bytes, loaded again, give the same answers", "[engine]") {
  QuantizedEngine first;
  const auto result = Quantize(first.engine, ReadModel("behavior-classifier"), &first.set);
  REQUIRE(result.ok());
  const auto* bytes = reinterpret_cast<const char*>(result->int8_model.data());

  Engine second;
  REQUIRE(StageModel(second, Bytes(bytes, bytes + result->int8_model.size())).ok());
  const Status loaded = second.Load();
  REQUIRE(loaded.ok());
  CHECK(second.GetStatus().mode == Precision::int8);
  for (std::size_t row = 0; row < 24; ++row) {
    const float* features = first.set.rows.data() + row * kFeatureCount;
    CHECK(InferRow(first.engine, features) == InferRow(second, features));
  }
}

TEST_CASE("infer, batch and compare agree to the last bit", "[engine]") {
  QuantizedEngine quantized;
  Engine& engine = quantized.engine;
  constexpr std::size_t kRows = 70;  // more than go through the arena together
  const auto staged = engine.StageBatch(kRows);
  REQUIRE(staged.ok());
  const std::span<float> inputs = engine.batch(*staged)->inputs;
  std::copy_n(quantized.set.rows.begin(), inputs.size(), inputs.begin());
  REQUIRE(engine.InferBatch(*staged, 0, kRows).value() == kRows);
  const std::span<const float> batch = engine.batch(*staged)->outputs;
  for (std::size_t row = 0; row < kRows; ++row) {
    const auto alone = InferRow(engine, quantized.set.rows.data() + row * kFeatureCount);
    CHECK(std::equal(alone.begin(), alone.end(), batch.begin() + static_cast<std::ptrdiff_t>(row * alone.size())));
    const auto comparison = engine.Compare();
    REQUIRE(comparison.ok());
    CHECK(std::equal(alone.begin(), alone.end(), comparison->int8.begin()));
    CHECK(comparison->similarity > 0.9);
  }
  CHECK(engine.GetStatus().int8_count == 2 * kRows);
}

TEST_CASE("the integers of a layer are the same with every instruction set", "[engine]") {
  const Trajectories set(60, 1);
  const Bytes bytes = ReadModel("behavior-classifier");
  std::vector<LayerIntegers> found;
  for (const std::string_view isa : {"reference", "scalar", "simd128"}) {
    Engine engine;
    CHECK(engine.IntegersOf("").error()->code == ErrorCode::no_model);
    REQUIRE(engine.SetOption("isa", isa).ok());
    REQUIRE(engine.SetOption("maxLatencyMs", std::numeric_limits<double>::infinity()).ok());
    const auto result = Quantize(engine, bytes, &set);
    REQUIRE(result.ok());
    CHECK(IsaName(engine.GetStatus().isa) == isa);
    std::copy_n(set.rows.begin(), kFeatureCount, engine.input().begin());
    auto integers = engine.IntegersOf(result->layers.back().name);
    REQUIRE(integers.ok());
    found.push_back(*std::move(integers));
    CHECK(engine.IntegersOf("none").error()->code == ErrorCode::argument_invalid);
    engine.input()[0] = std::numeric_limits<float>::quiet_NaN();
    CHECK(engine.IntegersOf(result->layers.back().name).error()->code == ErrorCode::input_not_finite);
  }
  CHECK(found[0].codes().size() == 32);
  CHECK(found[0].accumulators().size() == kBehaviorClassCount);
  for (const LayerIntegers& integers : found) {
    CHECK(integers.codes() == found[0].codes());
    CHECK(integers.accumulators() == found[0].accumulators());
  }
}

TEST_CASE("an inference allocates nothing", "[engine]") {
  QuantizedEngine quantized;
  Engine& engine = quantized.engine;
  std::copy_n(quantized.set.rows.begin(), kFeatureCount, engine.input().begin());
  bool all_ok = true;
  const std::size_t before = AllocationCount();
  for (int i = 0; i < 100; ++i) all_ok = engine.Infer().ok() && all_ok;
  const std::size_t after = AllocationCount();
  CHECK(after == before);
  CHECK(all_ok);
}

TEST_CASE("a manual fallback stays until it is taken back", "[engine]") {
  QuantizedEngine quantized;
  Engine& engine = quantized.engine;
  REQUIRE(engine.ForceFallback(true).ok());
  CHECK(engine.GetStatus().mode == Precision::fp32);
  CHECK(engine.GetStatus().fallback == FallbackReason::manual_override);
  CHECK(PrecisionOf(engine, quantized.set.rows.data()) == Precision::fp32);
  REQUIRE(engine.ForceFallback(false).ok());
  CHECK(engine.GetStatus().mode == Precision::int8);
  CHECK(engine.GetStatus().fallback == FallbackReason::none);
}

TEST_CASE("a quantization above maxLatencyMs starts in FP32", "[engine]") {
  Engine engine;
  const Trajectories set(240, 1);
  const auto result = Quantize(engine, ReadModel("behavior-classifier"), &set, 1e6);
  REQUIRE(result.ok());
  CHECK(result->success);
  CHECK(result->fallback == FallbackReason::quant_timeout);
  CHECK(engine.GetStatus().mode == Precision::fp32);
  CHECK(engine.GetStatus().health == Health::fallback);
}

TEST_CASE("INT8 that is not similar enough is not used, unless falling back is switched off", "[engine]") {
  const bool may_fall_back = GENERATE(true, false);
  Engine engine;
  REQUIRE(engine.SetOption("maxLatencyMs", std::numeric_limits<double>::infinity()).ok());
  REQUIRE(engine.SetOption("fallbackThreshold", 1.0).ok());
  REQUIRE(engine.SetOption("enableAutoFallback", may_fall_back).ok());
  const Trajectories set(240, 1);
  const auto result = Quantize(engine, ReadModel("behavior-classifier"), &set);
  REQUIRE(result.ok());
  CHECK_FALSE(result->success);
  REQUIRE(result->error.has_value());
  CHECK(result->error->code == ErrorCode::quality_similarity_low);
  CHECK(result->fallback == (may_fall_back ? FallbackReason::similarity_low : FallbackReason::none));
  CHECK(engine.GetStatus().mode == (may_fall_back ? Precision::fp32 : Precision::int8));
  CHECK(engine.GetStatus().health == (may_fall_back ? Health::fallback : Health::warning));
}

TEST_CASE("bad calibration data is reported and the model answers in FP32", "[engine]") {
  Engine engine;
  Trajectories set(240, 1);
  set.rows[5] = std::numeric_limits<float>::quiet_NaN();
  const auto result = Quantize(engine, ReadModel("behavior-classifier"), &set);
  REQUIRE(result.ok());
  CHECK_FALSE(result->success);
  REQUIRE(result->error.has_value());
  CHECK(result->error->code == ErrorCode::calibration_not_finite);
  CHECK(result->int8_model.empty());
  CHECK(PrecisionOf(engine, Trajectories(1, 9).rows.data()) == Precision::fp32);
  REQUIRE(engine.ForceFallback(false).ok());
  CHECK(engine.GetStatus().mode == Precision::fp32);
}

TEST_CASE("whatever is wrong with a new model, the old one still answers", "[engine]") {
  QuantizedEngine quantized;
  Engine& engine = quantized.engine;
  const auto before = InferRow(engine, quantized.set.rows.data());
  const std::size_t held = engine.GetMemory().held_bytes;
  Bytes bytes = ReadModel("behavior-classifier-large");
  SECTION("truncated") { bytes.resize(bytes.size() / 2); }
  SECTION("empty") { bytes.clear(); }
  SECTION("noise") { std::fill(bytes.begin(), bytes.end(), '\xff'); }
  SECTION("above the budget") {
    REQUIRE(engine.SetOption("maxMemoryMB", 1.0).ok());
    bytes.resize(std::size_t{2} << 20);
  }
  CHECK_FALSE(Quantize(engine, bytes, &quantized.set).ok());
  engine.CancelQuantize();
  CHECK(engine.GetMemory().held_bytes == held);
  CHECK(InferRow(engine, quantized.set.rows.data()) == before);
}

TEST_CASE("labels are the behaviours by name, whatever order the model's classes have", "[engine]") {
  MemoryBudget budget(std::size_t{1} << 24);
  const Bytes model = ReadModel("behavior-classifier");
  auto graph = ReadOnnx(std::as_bytes(std::span(model)), budget);
  REQUIRE(graph.ok());
  for (auto& [key, text] : graph->metadata) {
    if (key == "classes") text = "uncertain,casual_explore,urgent_rush,precision_snipe,rage_shake,lost_confused";
  }
  REQUIRE(InferShapes(*graph).ok());
  const auto written = WriteOnnx(*graph);
  REQUIRE(written.ok());
  const auto* bytes = reinterpret_cast<const char*>(written->data());

  Engine engine;
  const Trajectories set(240, 1);
  const auto result = Quantize(engine, Bytes(bytes, bytes + written->size()), &set);
  REQUIRE(result.ok());
  // By its own names this model is nearly always wrong.
  CHECK(result->metrics.outputs.fp32_accuracy.value() < 0.2);
}

TEST_CASE("the memory of a batch is given back, and quantize leaves no larger plan behind", "[engine]") {
  QuantizedEngine quantized;
  Engine& engine = quantized.engine;
  const std::size_t held = engine.GetMemory().held_bytes;
  const auto batch = engine.StageBatch(64);
  REQUIRE(batch.ok());
  CHECK(engine.GetMemory().held_bytes > held + 64 * kFeatureCount * sizeof(float));
  engine.EndBatch(*batch);
  CHECK(engine.GetMemory().held_bytes == held);
  const std::size_t arena = engine.GetMemory().served.arena_bytes;
  Engine loaded;
  REQUIRE(StageModel(loaded, ReadModel("behavior-classifier")).ok());
  REQUIRE(loaded.Load().ok());
  CHECK(arena < 2 * loaded.GetMemory().served.arena_bytes);
}

TEST_CASE("inputs are checked", "[engine]") {
  Engine empty;
  const auto nothing = empty.Infer();
  REQUIRE_FALSE(nothing.ok());
  CHECK(nothing.error().code == ErrorCode::no_model);

  QuantizedEngine quantized;
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    std::fill(quantized.engine.input().begin(), quantized.engine.input().end(), 0.25f);
    quantized.engine.input()[7] = bad;
    const auto inferred = quantized.engine.Infer();
    REQUIRE_FALSE(inferred.ok());
    CHECK(inferred.error().code == ErrorCode::input_not_finite);
    CHECK(inferred.error().message.find("input value 7") != std::string::npos);
  }
}

}  // namespace
}  // namespace alice
