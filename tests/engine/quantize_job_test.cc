#include "engine/quantize_job.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string_view>
#include <utility>

#include "quantized_engine.h"

namespace alice {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

/// The same trajectories over and over, so many that the answers to them do not fit into kKeptShare of the least budget.
Trajectories ManyRows() {
  const Trajectories some(120, 1);
  Trajectories set = some;
  const auto most = static_cast<std::size_t>(QuantizeJob::kKeptShare * static_cast<double>(kMebibyte));
  while (set.labels.size() * kBehaviorClassCount * sizeof(float) <= most) {
    set.rows.insert(set.rows.end(), some.rows.begin(), some.rows.end());
    set.labels.insert(set.labels.end(), some.labels.begin(), some.labels.end());
  }
  return set;
}

QuantizationResult Quantized(const Trajectories& set, double limit_mb, std::string_view option, OptionValue value) {
  Engine engine;
  REQUIRE(engine.SetOption("maxLatencyMs", std::numeric_limits<double>::infinity()).ok());
  REQUIRE(engine.SetOption("maxMemoryMB", limit_mb).ok());
  REQUIRE(engine.SetOption(option, value).ok());
  auto result = Quantize(engine, ReadModel("behavior-classifier"), &set);
  REQUIRE(result.ok());
  return std::move(*result);
}

void CheckSame(const OutputFigures& a, const OutputFigures& b) {
  CHECK(a.samples == b.samples);
  CHECK(a.mean_cosine == b.mean_cosine);
  CHECK(a.worst_cosine == b.worst_cosine);
  CHECK(a.worst_sample == b.worst_sample);
  CHECK(a.mean_kl == b.mean_kl);
  CHECK(a.sqnr_db == b.sqnr_db);
  CHECK(a.top1_agreement == b.top1_agreement);
  CHECK(a.accuracy_drop == b.accuracy_drop);
  CHECK(a.fp32_accuracy == b.fp32_accuracy);
  CHECK(a.int8_accuracy == b.int8_accuracy);
}

}  // namespace

TEST_CASE("answers of FP32 that are kept and those of another run give the same report", "[engine]") {
  const auto [option, value] = GENERATE(table<std::string_view, OptionValue>({
      {"strategy", "static"},
      {"strategy", "dynamic"},
      {"sensitivity", true},
      {"precision", "auto"},
      {"keepFp32", false},
  }));
  INFO(option);
  const Trajectories set = ManyRows();
  const QuantizationResult kept = Quantized(set, 50.0, option, value);
  const QuantizationResult run_again = Quantized(set, 1.0, option, value);

  CheckSame(kept.metrics.outputs, run_again.metrics.outputs);
  CHECK(kept.metrics.outputs.samples == set.labels.size());
  CHECK(kept.int8_model == run_again.int8_model);
  REQUIRE(kept.rederived.has_value() == run_again.rederived.has_value());
  if (kept.rederived) CheckSame(kept.rederived->outputs, run_again.rederived->outputs);
  REQUIRE(kept.layers.size() == run_again.layers.size());
  for (std::size_t i = 0; i < kept.layers.size(); ++i) {
    const LayerReport& a = kept.layers[i];
    const LayerReport& b = run_again.layers[i];
    CHECK(a.input_range == b.input_range);
    CHECK(a.clip_rate == b.clip_rate);
    CHECK(a.sqnr_db == b.sqnr_db);
    CHECK(a.cosine == b.cosine);
    CHECK(a.max_error == b.max_error);
    REQUIRE(a.alone.has_value() == b.alone.has_value());
    if (!a.alone) continue;
    CHECK(a.alone->sqnr_db == b.alone->sqnr_db);
    CHECK(a.alone->cosine == b.alone->cosine);
    CHECK(a.alone->output_kl == b.alone->output_kl);
  }
}

}  // namespace alice
