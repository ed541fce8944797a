// What a model takes of the budget is what was planned before anything was packed, for every model at hand and every kind of
// scheme.
#include "exec/memory_forecast.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/model.h"
#include "exec/two_layers.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "onnx/reader.h"
#include "passes/pipeline.h"
#include "quant/quantize_model.h"

namespace alice {
namespace {

namespace fs = std::filesystem;

/// The project's models, and those of others where they are: in ALICE_SHARED, else in the folder `shared` beside the project.
std::vector<fs::path> ModelFiles() {
  const char* const shared = std::getenv("ALICE_SHARED");
  const fs::path source(ALICE_SOURCE_DIR);
  std::vector<fs::path> files;
  for (const fs::path& folder :
       {source / "models", (shared != nullptr ? fs::path(shared) : source / "../shared") / "models"}) {
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".onnx") files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

std::vector<char> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The model as it is read and optimized, of several outputs the last one that can be had alone.
Result<Graph> Read(const std::vector<char>& bytes, MemoryBudget& budget) {
  ALICE_ASSIGN_OR_RETURN(Graph whole, ReadOnnx(std::as_bytes(std::span(bytes)), budget));
  const std::vector<std::string> outputs{whole.value(whole.outputs.back()).name};
  whole = {};
  ALICE_ASSIGN_OR_RETURN(Graph graph, ReadOnnx(std::as_bytes(std::span(bytes)), budget, {.outputs = outputs}));
  ALICE_RETURN_IF_ERROR(Optimize(graph, budget));
  return graph;
}

std::vector<Scheme> Schemes() {
  const ActivationScheme fixed{.strategy = Strategy::fixed};
  return {{},
          {.weights = {}, .activations = fixed},
          {.weights = {.symmetric = false, .granularity = Granularity::per_tensor}, .activations = fixed},
          {.weights = {.type = WeightType::int4, .granularity = Granularity::per_group}, .activations = {}},
          {.weights = {.type = WeightType::fp8e4m3}, .activations = {}}};
}

/// Checks that `budget`, of which nothing else is held, holds what the model has planned, its rows not being taken.
void CheckPlanned(const Model& model, const MemoryBudget& budget) {
  const MemoryByKind planned = model.session().planned();
  const std::size_t rows = (model.input_width() + 2 * model.output_width()) * sizeof(float) + 3 * kBufferSlack;
  CHECK(planned[MemoryKind::io] == rows);
  CHECK(planned.Total() == budget.held_bytes() + rows);
  for (const MemoryKind kind :
       {MemoryKind::weights_f32, MemoryKind::weights_int8, MemoryKind::scales, MemoryKind::activations}) {
    INFO(MemoryKindName(kind));
    CHECK(planned[kind] == budget.held_bytes(kind));
  }
}

}  // namespace

TEST_CASE("what is held in service is what was planned", "[exec]") {
  std::size_t loaded = 0;
  for (const fs::path& file : ModelFiles()) {
    const std::vector<char> bytes = ReadFile(file);
    MemoryBudget probe(std::size_t{1} << 30);
    if (!Read(bytes, probe).ok()) continue;
    auto schemes = Schemes();
    for (std::size_t i = 0; i <= schemes.size(); ++i) {
      for (const FloatWeights float_weights : {FloatWeights::kept, FloatWeights::decoded}) {
        INFO(file.filename() << ", " << (i < schemes.size() ? SchemeText(schemes[i]) : "float") << ", "
                             << (float_weights == FloatWeights::kept ? "with" : "without") << " float weights");
        MemoryBudget budget(std::size_t{1} << 30);
        auto graph = Read(bytes, budget);
        REQUIRE(graph.ok());
        if (i < schemes.size()) REQUIRE(QuantizeModel(*graph, schemes[i], {}, budget).ok());
        auto model = Model::Create(std::move(*graph), budget, BestIsa(), float_weights);
        if (!model.ok()) continue;  // of a form that is not supported
        ++loaded;
        model->session().ReleaseCodes();
        CheckPlanned(*model, budget);
        // Runs of several samples are planned for, too.
        REQUIRE(model->PlanRows(4).ok());
        CheckPlanned(*model, budget);
        model->Settle();
        CheckPlanned(*model, budget);
      }
    }
  }
  CHECK(loaded >= 2 * 2 * (Schemes().size() + 1));
}

TEST_CASE("a model that does not fit is refused before it takes anything", "[exec]") {
  const auto create = [](MemoryBudget& budget, std::size_t limit_bytes) -> Result<Model> {
    const auto bytes = ReadFile(fs::path(ALICE_SOURCE_DIR) / "models/behavior-classifier-large.onnx");
    auto graph = Read(bytes, budget);
    REQUIRE(graph.ok());
    REQUIRE(QuantizeModel(*graph, {}, {}, budget).ok());
    if (limit_bytes > 0) budget.set_limit_bytes(limit_bytes);
    return Model::Create(std::move(*graph), budget, BestIsa());
  };
  MemoryBudget enough(std::size_t{1} << 24), exact(std::size_t{1} << 24), short_of(std::size_t{1} << 24);
  const auto measured = create(enough, 0);
  REQUIRE(measured.ok());
  // Packing takes no more than what is held in the end, the codes included.
  CHECK(create(exact, enough.held_bytes()).ok());

  const auto refused = create(short_of, enough.held_bytes() - 1);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::budget_exceeded);
  const std::string total = std::to_string(measured->session().planned().Total());
  CHECK(refused.error().message.starts_with("the model needs " + total + " bytes in service (weights_f32 "));
  CHECK(short_of.held_bytes(MemoryKind::activations) == 0);
  CHECK(short_of.held_bytes() == 0);
}

TEST_CASE("a model has all of its parameters, shared or not", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {1, 4});
  const auto w = RandomFloats(16, 1, -1.0f, 1.0f);
  const ValueId a = builder.Op(OpKind::MatMul, {x, builder.Constant<float>("w", {4, 4}, w)}, {}, "a");
  builder.Output(builder.Op(OpKind::MatMul, {a, builder.Constant<float>("v", {4, 4}, w)}, {}, "b"));
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  auto model = Model::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE(model.ok());
  CHECK(builder.budget.held_bytes(MemoryKind::weights_f32) == 16 * sizeof(float) + kBufferSlack);
  CHECK(model->info().parameters == 32);
  model->Settle();
  CHECK(model->info().parameters == 32);
}

TEST_CASE("equal scale tables and the packed weights of tied layers are held once", "[exec]") {
  constexpr std::size_t kWidth = 40;
  const bool tied = GENERATE(false, true);
  const auto granularity = GENERATE(Granularity::per_channel, Granularity::per_group);
  const Scheme scheme{.weights = {.symmetric = false, .granularity = granularity}, .activations = {}};
  const auto make = [&](GraphBuilder& builder) {
    const ValueId x = builder.Input("x", {1, kWidth});
    auto w = RandomFloats(kWidth * kWidth, 1, -1.0f, 1.0f);
    // Mirrored within its columns, a matrix has other codes of the same scales, where a column has one.
    auto v = w;
    if (!tied) {
      for (std::size_t row = 0; row < kWidth; ++row) {
        std::copy_n(w.data() + row * kWidth, kWidth, v.data() + (kWidth - 1 - row) * kWidth);
      }
    }
    const ValueId a = builder.Op(OpKind::MatMul, {x, builder.Constant<float>("w", {kWidth, kWidth}, w)}, {}, "a");
    builder.Output(builder.Op(OpKind::MatMul, {a, builder.Constant<float>("v", {kWidth, kWidth}, v)}, {}, "b"));
    REQUIRE(Optimize(builder.graph, builder.budget).ok());
    REQUIRE(QuantizeModel(builder.graph, scheme, {}, builder.budget).ok());
  };
  const auto run = [](Session& session) {
    const auto x = RandomFloats(kWidth, 9, -1.0f, 1.0f);
    std::memcpy(session.Input(0).data, x.data(), x.size() * sizeof(float));
    std::vector<float> y;
    for (const Precision precision : {Precision::fp32, Precision::int8}) {
      session.Run(precision);
      const auto output = session.Output(0).elements<const float>();
      y.insert(y.end(), output.begin(), output.end());
    }
    return y;
  };

  GraphBuilder builder, other;
  make(builder);
  const std::size_t before = builder.budget.held_bytes(MemoryKind::scales);
  auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE(session.ok());
  session->ReleaseCodes();
  const std::size_t groups = granularity == Granularity::per_group ? 2 : 1;
  const std::size_t table = groups * kWidth * sizeof(float) + kBufferSlack;
  const std::size_t points = groups * kWidth + kBufferSlack;
  const std::size_t sums = groups * kWidth * sizeof(std::int32_t) + kBufferSlack;
  CHECK(before == 2 * (table + points));
  const bool same_scales = tied || granularity == Granularity::per_channel;
  CHECK(builder.budget.held_bytes(MemoryKind::scales) ==
        (same_scales ? 1 : 2) * (table + points) + (tied ? 1 : 2) * sums);
  const std::size_t packed = builder.budget.held_bytes(MemoryKind::weights_int8);
  const GemmU8S8S32Kernel& kernel = SelectGemmU8S8S32(BestIsa());
  std::size_t codes = kBufferSlack;
  for (std::size_t row = 0; row < kWidth; row += kWidth / groups) {
    const std::size_t rows = groups == 1 ? kWidth : row == 0 ? 32 : kWidth - 32;
    codes += PackedBytesU8S8S32(kernel, rows, kWidth);
  }
  CHECK(packed == (tied ? 1 : 2) * codes);
  CHECK(builder.budget.held_bytes(MemoryKind::weights_f32) ==
        (tied ? 1 : 2) * (kWidth * kWidth * sizeof(float) + kBufferSlack));
  CHECK(session->fp32_weight_bytes() == (tied ? 1 : 2) * kWidth * kWidth * sizeof(float));

  // The same answers as of layers that share nothing: one at a time.
  make(other);
  auto apart = Session::Create(std::move(other.graph), other.budget, BestIsa());
  REQUIRE(apart.ok());
  CHECK(run(*session) == run(*apart));
  session->KeepFloat(0);
  const auto mixed = run(*session);
  apart->EnableOnly(std::array<std::size_t, 1>{1});
  CHECK(mixed == run(*apart));
}

}  // namespace alice
