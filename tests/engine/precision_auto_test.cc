#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>

#include "engine/engine.h"
#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "onnx/reader.h"
#include "onnx/writer.h"
#include "passes/pipeline.h"
#include "random_floats.h"

namespace alice {
namespace {

constexpr std::size_t kInputs = 8, kHidden = 16, kOutputs = 4, kSamples = 96;

/// Three Gemms with Relu between them. The second has one weight of 1000 behind a unit that is always 0: it changes no
/// answer, but where all weights share a scale it leaves the others none of the codes.
std::vector<std::byte> ModelWithOutlier() {
  GraphBuilder builder;
  std::vector<float> b1(kHidden, 0.5f), w2 = RandomFloats(kHidden * kHidden, 2);
  b1[3] = -100.0f;
  w2[3 * kHidden + 5] = 1000.0f;
  const ValueId x = builder.Input("x", {builder.Symbol("batch"), Dim::Known(kInputs)});
  const ValueId first =
      builder.Op(OpKind::Gemm,
                 {x, builder.Constant<float>("w1", {kInputs, kHidden}, RandomFloats(kInputs * kHidden, 1)),
                  builder.Constant<float>("b1", {kHidden}, b1)},
                 GemmAttributes{}, "first");
  const ValueId second =
      builder.Op(OpKind::Gemm, {builder.Relu(first), builder.Constant<float>("w2", {kHidden, kHidden}, w2)},
                 GemmAttributes{}, "second");
  builder.Output(builder.Op(
      OpKind::Gemm,
      {builder.Relu(second), builder.Constant<float>("w3", {kHidden, kOutputs}, RandomFloats(kHidden * kOutputs, 3))},
      GemmAttributes{}, "third"));
  REQUIRE(InferShapes(builder.graph).ok());
  auto bytes = WriteOnnx(builder.graph);
  REQUIRE(bytes.ok());
  return std::move(*bytes);
}

using Settings = std::vector<std::pair<std::string_view, OptionValue>>;

QuantizationResult Quantize(Engine& engine, const Settings& settings) {
  REQUIRE(engine.SetOption("maxLatencyMs", std::numeric_limits<double>::infinity()).ok());
  REQUIRE(engine.SetOption("weightGranularity", std::string_view("per-tensor")).ok());
  for (const auto& [name, value] : settings) REQUIRE(engine.SetOption(name, value).ok());
  const std::vector<std::byte> model = ModelWithOutlier();
  auto room = engine.StageModel(model.size());
  REQUIRE(room.ok());
  std::ranges::copy(model, reinterpret_cast<std::byte*>(room->data()));
  auto rows = engine.StageCalibration(kSamples, kInputs);
  REQUIRE(rows.ok());
  std::ranges::copy(RandomFloats(kSamples * kInputs, 4), rows->values.begin());
  std::ranges::fill(rows->labels, -1);
  REQUIRE(engine.BeginQuantize(false).ok());
  std::size_t done = 0;
  for (;;) {
    // However the work is cut, it goes on, never beyond the total, and ends.
    const auto progress = engine.StepQuantize(7);
    REQUIRE(progress.ok());
    REQUIRE(progress->done > done);
    REQUIRE(progress->done <= progress->total);
    done = progress->done;
    if (progress->stage == QuantizeStage::done) break;
  }
  auto result = engine.FinishQuantize(0.0);
  REQUIRE(result.ok());
  return std::move(*result);
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("sensitivity tells what quantizing each layer alone does", "[engine]") {
  Engine engine;
  const QuantizationResult result = Quantize(engine, {{"sensitivity", true}});
  REQUIRE(result.layers.size() == 3);
  for (const LayerReport& layer : result.layers) {
    INFO(layer.name);
    REQUIRE(layer.alone);
    if (layer.name == "second") {
      CHECK(layer.alone->cosine < 0.9);
      CHECK(layer.alone->sqnr_db < 6.0);
      CHECK(layer.alone->output_kl > 0.1);
    } else {
      CHECK(layer.alone->cosine > 0.999);
      CHECK(layer.alone->sqnr_db > 30.0);
      CHECK(layer.alone->output_kl < 0.01);
    }
  }
  // Whatever was switched off meanwhile runs again.
  CHECK(std::ranges::none_of(result.layers, [](const LayerReport& layer) { return layer.scheme == "float"; }));
  CHECK_FALSE(result.success);
  CHECK(result.search.empty());
}

TEST_CASE("precision auto keeps the one layer in float that has to be", "[engine]") {
  for (const std::string_view strategy : {"dynamic", "static"}) {
    INFO(strategy);
    Engine engine;
    const QuantizationResult result =
        Quantize(engine, {{"precision", std::string_view("auto")}, {"strategy", strategy}, {"warnAccuracyDrop", 0.05}});
    CHECK(result.success);
    CHECK(result.metrics.outputs.mean_cosine >= 0.98);
    REQUIRE(result.layers.size() == 3);
    for (const LayerReport& layer : result.layers) {
      CHECK((layer.scheme == "float") == (layer.name == "second"));
      CHECK((layer.int8_bytes == layer.fp32_bytes) == (layer.name == "second"));
    }
    REQUIRE(result.search.size() >= 2);
    CHECK(result.search.front().float_layers.empty());
    CHECK_FALSE(result.search.front().is_good_enough);
    const auto accepted = std::ranges::find_if(result.search, &SearchStep::is_good_enough);
    REQUIRE(accepted != result.search.end());
    CHECK(accepted->float_layers == Names{"second"});
    CHECK(accepted->mean_cosine == result.metrics.outputs.mean_cosine);
    CHECK(engine.GetStatus().mode == Precision::int8);
    CHECK(engine.model()->info().quantized_layers == 2);
    CHECK(result.scheme.find(strategy) != std::string::npos);

    // What was written has the same two quantized layers.
    MemoryBudget budget(std::size_t{1} << 20);
    auto graph = ReadOnnx(result.int8_model, budget);
    REQUIRE(graph.ok());
    REQUIRE(Optimize(*graph, budget).ok());
    if (strategy == "dynamic") {
      CHECK(std::ranges::count_if(graph->nodes, [](const Node& node) { return node.quantized.has_value(); }) == 2);
    }
  }
}

TEST_CASE("precision auto keeps nothing in float where the bounds hold anyway", "[engine]") {
  Engine engine;
  const QuantizationResult result = Quantize(engine, {{"precision", std::string_view("auto")},
                                                      {"weightGranularity", std::string_view("per-channel")},
                                                      {"similarityThreshold", 0.5},
                                                      {"fallbackThreshold", 0.1},
                                                      {"warnAccuracyDrop", 1.0},
                                                      {"maxAccuracyDrop", 1.0}});
  CHECK(result.search.size() == 1);
  CHECK(result.search.front().is_good_enough);
  CHECK(std::ranges::none_of(result.layers, [](const LayerReport& layer) { return layer.scheme == "float"; }));
}

TEST_CASE("precision auto keeps all in float where nothing else reaches the bounds", "[engine]") {
  Engine engine;
  const QuantizationResult result =
      Quantize(engine, {{"precision", std::string_view("auto")}, {"similarityThreshold", 1.0}});
  CHECK(std::ranges::all_of(result.layers, [](const LayerReport& layer) { return layer.scheme == "float"; }));
  CHECK(result.metrics.outputs.worst_cosine == 1.0);
  CHECK(engine.GetMemory().served.int8_weight_bytes == 0);
  CHECK(engine.model()->info().quantized_layers == 0);
  CHECK(result.scheme == "float");
  CHECK(result.success);
  CHECK(engine.GetStatus().mode == Precision::fp32);
}

TEST_CASE("a model without any top-1 loss is good enough for every warnAccuracyDrop", "[engine]") {
  Engine engine;
  const QuantizationResult result = Quantize(
      engine, {{"precision", std::string_view("auto")}, {"similarityThreshold", 1.0}, {"warnAccuracyDrop", 0.0}});
  CHECK(result.metrics.outputs.accuracy_drop == 0.0);
  REQUIRE_FALSE(result.search.empty());
  // Of these trials those with all answers as in FP32 are accepted, and only those.
  CHECK(std::ranges::all_of(result.search, [](const SearchStep& step) {
    return step.is_good_enough == (step.mean_cosine == 1.0 && step.accuracy_drop <= 0.0);
  }));
  CHECK(engine.GetStatus().health == Health::normal);
}

TEST_CASE("the first and the last layer can have a percentile of their own", "[engine]") {
  const auto range_of = [](const Settings& settings) {
    Engine engine;
    Settings all = {{"strategy", std::string_view("static")}, {"calibrationStrategy", std::string_view("min-max")}};
    all.insert(all.end(), settings.begin(), settings.end());
    std::vector<float> widths;
    for (const LayerReport& layer : Quantize(engine, all).layers) {
      widths.push_back(layer.input_range->max - layer.input_range->min);
    }
    return widths;
  };
  const std::vector<float> whole = range_of({});
  const std::vector<float> first = range_of({{"firstLayerPercentile", 0.9}});
  const std::vector<float> last = range_of({{"lastLayerPercentile", 0.9}});
  CHECK(first[0] < 0.95f * whole[0]);
  CHECK(first[1] == whole[1]);
  CHECK(first[2] == whole[2]);
  CHECK(last[0] == whole[0]);
  CHECK(last[1] == whole[1]);
  CHECK(last[2] < 0.95f * whole[2]);
}

}  // namespace alice
