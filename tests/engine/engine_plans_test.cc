#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <numeric>
#include <vector>

#include "engine/engine.h"
#include "onnx/model_builder.h"
#include "onnx/nested_model.h"

namespace alice {
namespace {

using Sizes = std::vector<std::int64_t>;

/// y = Relu(Conv(x)) of pictures of any height and width, with 2 filters of 3 × 3.
std::string Convolution() {
  std::vector<float> weights(18);
  std::iota(weights.begin(), weights.end(), -9.0f);
  ModelBuilder model;
  model.Initializer(FloatTensor("w", {2, 1, 3, 3}, weights))
      .Input("x", {1, 1, "height", "width"})
      .Add({"Conv", {"x", "w"}, {"c"}, {}, "conv"})
      .Add({"Relu", {"c"}, {"y"}, {}, "relu"})
      .Output("y");
  return model.Build();
}

/// The same, and once more by one filter where the picture is 4 rows high.
std::string ConvolutionAndAnother() {
  const std::vector<float> weights{1, -2, 3, -4, 5, -6, 7, -8};
  ModelBuilder another;
  another.Add({"Conv", {"c", "w2"}, {"twice"}, {}, "another"}).Output("twice");
  ModelBuilder none;
  none.Add({"Neg", {"c"}, {"negative"}}).Output("negative");
  ModelBuilder model;
  model.Initializer(FloatTensor("w", {2, 1, 1, 1}, {1, -1}))
      .Initializer(FloatTensor("w2", {1, 2, 2, 2}, weights))
      .Initializer(RawTensor<std::int64_t>("rows", {}, kOnnxInt64, {2}))
      .Initializer(RawTensor<std::int64_t>("four", {}, kOnnxInt64, {4}))
      .Input("x", {1, 1, "height", "width"})
      .Add({"Conv", {"x", "w"}, {"c"}, {}, "conv"})
      .Add({"Shape", {"x"}, {"shape"}})
      .Add({"Gather", {"shape", "rows"}, {"height"}})
      .Add({"Equal", {"height", "four"}, {"is_four"}})
      .Add(If("is_four", {"y"}, another, none))
      .Output("y");
  return model.Build();
}

void Stage(Engine& engine, const std::string& bytes, const Sizes& x) {
  auto room = engine.StageModel(bytes.size());
  REQUIRE(room.ok());
  std::memcpy(room->data(), bytes.data(), bytes.size());
  if (!x.empty()) REQUIRE(engine.StageShape("x", x).ok());
}

/// For pictures of 4 × 4.
void Quantize(Engine& engine, const std::string& bytes) {
  REQUIRE(engine.SetOption("strategy", "static").ok());
  REQUIRE(engine.SetOption("maxLatencyMs", 1e9).ok());
  Stage(engine, bytes, {1, 1, 4, 4});
  constexpr std::size_t kSamples = 32;
  auto room = engine.StageCalibration(kSamples, 16);
  REQUIRE(room.ok());
  for (std::size_t i = 0; i < room->values.size(); ++i) room->values[i] = static_cast<float>(i % 37) / 37.0f;
  REQUIRE(engine.BeginQuantize(false).ok());
  while (engine.StepQuantize(kSamples)->stage != QuantizeStage::done) {
  }
  REQUIRE(engine.FinishQuantize(1.0).ok());
}

std::vector<float> Answer(Engine& engine, float value) {
  std::ranges::fill(engine.input(), value);
  REQUIRE(engine.Infer().ok());
  return {engine.output().begin(), engine.output().end()};
}

/// That it has fallen back is told and counted where it did.
bool HasCountedNothing(const Engine& engine) {
  const Supervisor& supervisor = engine.supervisor();
  return std::ranges::all_of(supervisor.counts().fallbacks, [](std::uint64_t times) { return times == 0; }) &&
         supervisor.events().count() == 0;
}

TEST_CASE("a model is served in each shape that it was made for", "[engine][plans]") {
  Engine engine;
  const std::string bytes = Convolution();
  Stage(engine, bytes, {1, 1, 4, 4});
  REQUIRE(engine.Load().ok());
  const std::vector<float> small = Answer(engine, 0.5f);
  REQUIRE(small.size() == 8);
  const std::size_t held = engine.GetMemory().held_bytes;

  Stage(engine, bytes, {1, 1, 5, 3});
  const auto plan = engine.AddPlan();
  REQUIRE(plan.ok());
  CHECK(engine.input().size() == 15);
  CHECK(Answer(engine, 0.5f).size() == 6);
  CHECK(engine.GetMemory().held_bytes > held);
  CHECK(engine.GetMemory().served.planned.Total() == engine.GetMemory().held_bytes);

  engine.UsePlan(0);
  CHECK(Answer(engine, 0.5f) == small);
  engine.UsePlan(*plan);
  CHECK(engine.input().size() == 15);
  // The one that is served is not another.
  engine.DropPlan(*plan);
  CHECK(engine.input().size() == 15);
  engine.UsePlan(0);
  engine.DropPlan(*plan);
  CHECK(engine.GetMemory().held_bytes == held);
  CHECK(engine.GetStatus().fp32_count == 3);

  engine.Unload();
  CHECK(engine.GetMemory().held_bytes == 0);
  CHECK(engine.Infer().error()->code == ErrorCode::no_model);
}

TEST_CASE("a quantized model is quantized in the same way in each shape", "[engine][plans]") {
  Engine engine;
  const std::string bytes = Convolution();
  Quantize(engine, bytes);
  const std::vector<QuantizedNode> nodes = engine.QuantizedNodes();
  REQUIRE(nodes.size() == 1);
  REQUIRE(nodes[0].input.has_value());

  Stage(engine, bytes, {1, 1, 7, 7});
  REQUIRE(engine.AddPlan().ok());
  REQUIRE(engine.QuantizedNodes().size() == 1);
  CHECK(engine.QuantizedNodes()[0].input->scale == nodes[0].input->scale);
  CHECK(engine.QuantizedNodes()[0].input->zero_point == nodes[0].input->zero_point);
  CHECK(engine.GetStatus().mode == Precision::int8);
  CHECK(engine.report().has_value());
}

TEST_CASE("a layer that one shape does without is quantized as it was in the next", "[engine][plans]") {
  Engine engine;
  const std::string bytes = ConvolutionAndAnother();
  Quantize(engine, bytes);
  const std::vector<QuantizedNode> nodes = engine.QuantizedNodes();
  REQUIRE(nodes.size() == 2);
  REQUIRE(nodes[1].input.has_value());

  Stage(engine, bytes, {1, 1, 6, 4});
  REQUIRE(engine.AddPlan().ok());
  REQUIRE(engine.QuantizedNodes().size() == 1);

  Stage(engine, bytes, {1, 1, 4, 6});
  REQUIRE(engine.AddPlan().ok());
  REQUIRE(engine.QuantizedNodes().size() == 2);
  CHECK(engine.QuantizedNodes()[1].input->scale == nodes[1].input->scale);
}

TEST_CASE("a shape that does not fit leaves the one that is served", "[engine][plans]") {
  Engine engine;
  const std::string bytes = Convolution();
  Stage(engine, bytes, {1, 1, 4, 4});
  REQUIRE(engine.Load().ok());
  const std::vector<float> before = Answer(engine, 0.25f);
  const std::size_t held = engine.GetMemory().held_bytes;
  SECTION("too small for the filter") {
    Stage(engine, bytes, {1, 1, 2, 2});
    CHECK(engine.AddPlan().error()->code == ErrorCode::shape_mismatch);
  }
  SECTION("left open") {
    Stage(engine, bytes, {});
    CHECK(engine.AddPlan().error()->code == ErrorCode::shape_unresolved);
  }
  SECTION("above the budget") {
    Stage(engine, bytes, {1, 1, 4000, 4000});
    CHECK(engine.AddPlan().error()->code == ErrorCode::budget_exceeded);
  }
  SECTION("nothing staged") { CHECK(engine.AddPlan().error()->code == ErrorCode::model_truncated); }
  CHECK(engine.GetMemory().held_bytes == held);
  CHECK(Answer(engine, 0.25f) == before);
}

TEST_CASE("what a model says of itself does not depend on its open axes", "[engine][plans]") {
  Engine engine;
  Stage(engine, Convolution(), {});
  const auto info = engine.DescribeStaged();
  REQUIRE(info.ok());
  CHECK(info->inputs[0].dims == std::vector<std::string>{"1", "1", "height", "width"});
  CHECK(info->parameters == 0);
  // It stays staged.
  REQUIRE(engine.StageShape("x", Sizes{1, 1, 6, 6}).ok());
  REQUIRE(engine.Load().ok());
  CHECK(engine.input().size() == 36);
}

TEST_CASE("another engine has the model as it was quantized, and makes it for other shapes", "[engine][plans]") {
  Engine engine;
  const std::string bytes = Convolution();
  Quantize(engine, bytes);
  const std::vector<float> answer = Answer(engine, 0.25f);

  Engine twin;
  REQUIRE(twin.SetOption("strategy", "static").ok());
  CHECK(twin.Resume({.fallback = FallbackReason::similarity_low}).error()->code == ErrorCode::no_model);
  Stage(twin, bytes, {1, 1, 4, 4});
  REQUIRE(twin.LoadQuantized(engine.QuantizedNodes()).ok());
  CHECK(twin.GetStatus().mode == Precision::int8);
  CHECK(Answer(twin, 0.25f) == answer);
  CHECK(!twin.report().has_value());

  Stage(twin, bytes, {1, 1, 7, 7});
  REQUIRE(twin.AddPlan().ok());
  REQUIRE(twin.QuantizedNodes().size() == 1);
  CHECK(twin.QuantizedNodes()[0].input->scale == engine.QuantizedNodes()[0].input->scale);
}

TEST_CASE("a fallback goes on in another engine, for the reason it had", "[engine][plans]") {
  Engine engine;
  const std::string bytes = Convolution();
  Quantize(engine, bytes);
  for (const FallbackReason reason :
       {FallbackReason::similarity_low, FallbackReason::accuracy_drop, FallbackReason::quant_timeout,
        FallbackReason::inference_slow, FallbackReason::memory_pressure, FallbackReason::runtime_error,
        FallbackReason::calibration_invalid}) {
    Engine twin;
    REQUIRE(twin.SetOption("strategy", "static").ok());
    Stage(twin, bytes, {1, 1, 4, 4});
    REQUIRE(twin.LoadQuantized(engine.QuantizedNodes()).ok());
    REQUIRE(twin.Resume({.fallback = reason, .fallback_at_ms = 1234.0}).ok());
    const EngineStatus status = twin.GetStatus();
    CHECK(status.mode == Precision::fp32);
    CHECK(status.fallback == reason);
    CHECK(status.fallback_at_ms == 1234.0);
    CHECK(HasCountedNothing(twin));
    // What has to do with time and memory alone ends when the user says so.
    const bool is_of_resources = reason == FallbackReason::quant_timeout || reason == FallbackReason::inference_slow ||
                                 reason == FallbackReason::memory_pressure;
    REQUIRE(twin.ForceFallback(true).ok());
    REQUIRE(twin.ForceFallback(false).ok());
    CHECK((twin.GetStatus().mode == Precision::int8) == is_of_resources);
    CHECK(FallbackReasonOf(FallbackReasonName(reason)) == reason);
  }
  Engine held;
  REQUIRE(held.SetOption("strategy", "static").ok());
  Stage(held, bytes, {1, 1, 4, 4});
  REQUIRE(held.LoadQuantized(engine.QuantizedNodes()).ok());
  REQUIRE(held.Resume({.fallback_at_ms = 99.0, .is_held = true}).ok());
  CHECK(held.GetStatus().fallback_at_ms == 99.0);
  CHECK(held.GetStatus().fallback == FallbackReason::manual_override);
  CHECK(HasCountedNothing(held));
  REQUIRE(held.ForceFallback(false).ok());
  CHECK(held.GetStatus().mode == Precision::int8);

  Engine warned;
  REQUIRE(warned.SetOption("strategy", "static").ok());
  Stage(warned, bytes, {1, 1, 4, 4});
  REQUIRE(warned.LoadQuantized(engine.QuantizedNodes()).ok());
  REQUIRE(warned.Resume({.is_warned = true}).ok());
  CHECK(warned.GetStatus().mode == Precision::int8);
  CHECK(warned.GetStatus().health == Health::warning);
  CHECK(HasCountedNothing(warned));
  CHECK(warned.supervisor().counts().warnings == 0);
  CHECK(!FallbackReasonOf("none"));
  CHECK(!FallbackReasonOf(""));
}

}  // namespace
}  // namespace alice
