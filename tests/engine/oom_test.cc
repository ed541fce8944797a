#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <new>
#include <optional>
#include <vector>

#include "allocation_counter.h"
#include "engine/engine.h"
#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "onnx/writer.h"

namespace alice {
namespace {

using Bytes = std::vector<std::byte>;

std::vector<float> Waves(std::size_t count, float step) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(1.0f + step * static_cast<float>(i));
  return values;
}

Bytes Written(GraphBuilder& builder) {
  REQUIRE(InferShapes(builder.graph).ok());
  auto bytes = WriteOnnx(builder.graph);
  REQUIRE(bytes.ok());
  return std::move(*bytes);
}

constexpr std::size_t kInputs = 8, kHidden = 16, kOutputs = 4;

/// x → Gemm → Relu → Gemm → Relu → Gemm. With an outlier, one weight behind a unit that is always 0: it leaves the others
/// that share its scale none of the codes.
Bytes Perceptron(float step, bool has_outlier = false) {
  GraphBuilder builder;
  std::vector<float> b1(kHidden, 0.5f), w2 = Waves(kHidden * kHidden, 2 * step);
  if (has_outlier) {
    b1[3] = -100.0f;
    w2[3 * kHidden + 5] = 1000.0f;
  }
  const ValueId x = builder.Input("x", {builder.Symbol("batch"), Dim::Known(kInputs)});
  const auto gemm = [&](ValueId in, const std::string& name, const Shape& shape, const std::vector<float>& w,
                        const std::vector<float>& b) {
    const ValueId weights = builder.Constant<float>(name + ".w", shape, w);
    const ValueId bias = builder.Constant<float>(name + ".b", {shape[1]}, b);
    return builder.Op(OpKind::Gemm, {in, weights, bias}, GemmAttributes{}, name);
  };
  const ValueId first = gemm(x, "first", {kInputs, kHidden}, Waves(kInputs * kHidden, step), b1);
  const ValueId second = gemm(builder.Relu(first), "second", {kHidden, kHidden}, w2, std::vector<float>(kHidden, 0.1f));
  builder.Output(gemm(builder.Relu(second), "third", {kHidden, kOutputs}, Waves(kHidden * kOutputs, 3 * step),
                      std::vector<float>(kOutputs, 0.0f)));
  return Written(builder);
}

/// x [batch, 2, 5, 5] → Conv 3×3 → Relu → Conv 3×3 → Flatten → Gemm.
Bytes Convolutional() {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {builder.Symbol("batch"), Dim::Known(2), Dim::Known(5), Dim::Known(5)});
  const auto conv = [&](ValueId in, const std::string& name, std::int64_t from, std::int64_t to) {
    const auto count = static_cast<std::size_t>(from * to * 9);
    const ValueId w = builder.Constant<float>(name + ".w", {to, from, 3, 3}, Waves(count, 0.7f));
    const ValueId b = builder.Constant<float>(name + ".b", {to}, Waves(static_cast<std::size_t>(to), 0.3f));
    return builder.Op(OpKind::Conv, {in, w, b}, ConvAttributes{}, name);
  };
  const ValueId first = builder.Relu(conv(x, "first", 2, 4));
  const ValueId flat = builder.Op(OpKind::Flatten, {conv(first, "second", 4, 3)}, FlattenAttributes{.axis = 1}, "flat");
  const ValueId w = builder.Constant<float>("w", {3, kOutputs}, Waves(3 * kOutputs, 0.9f));
  builder.Output(builder.Op(OpKind::Gemm, {flat, w}, GemmAttributes{}, "last"));
  return Written(builder);
}

Status Stage(Engine& engine, const Bytes& model) {
  ALICE_ASSIGN_OR_RETURN(const std::span<std::byte> room, engine.StageModel(model.size()));
  std::ranges::copy(model, room.begin());
  return {};
}

Result<QuantizationResult> Quantize(Engine& engine, const Bytes& model, std::size_t width) {
  constexpr std::size_t kRows = 40;
  ALICE_RETURN_IF_ERROR(Stage(engine, model));
  ALICE_ASSIGN_OR_RETURN(const Engine::CalibrationRoom room, engine.StageCalibration(kRows, width));
  for (std::size_t i = 0; i < room.values.size(); ++i) room.values[i] = std::cos(0.37f * static_cast<float>(i));
  ALICE_ASSIGN_OR_RETURN(std::size_t left, engine.BeginQuantize(false));
  while (left > 0) {
    ALICE_ASSIGN_OR_RETURN(const Engine::JobProgress progress, engine.StepQuantize(32));
    left = progress.total - progress.done;
  }
  return engine.FinishQuantize(0.0);
}

Status Load(Engine& engine, const Bytes& model) {
  ALICE_RETURN_IF_ERROR(Stage(engine, model));
  return engine.Load();
}

Bytes Quantized(const Bytes& model, std::string_view strategy) {
  Engine engine;
  REQUIRE(engine.SetOption("strategy", strategy).ok());
  auto result = Quantize(engine, model, kInputs);
  REQUIRE(result.ok());
  return std::move(result->int8_model);
}

/// An engine with a quantized model in service, to which things happen.
class Served {
 public:
  Served() { Restore(); }

  Engine& engine() { return engine_; }

  /// Runs `action`, which gives a Status, with each of its allocations failing in turn. After a failure, and what `clean`
  /// does, everything must be as before; after a success, the former model is put in service again. Gives the number of
  /// failures.
  template <typename Action, typename Clean>
  std::size_t FailEach(Action&& action, Clean&& clean) {
    std::size_t failures = 0;
    for (long n = 0;; ++n) {
      const State before = Look();
      FailAllocation(n);
      const std::optional<ErrorCode> code = Attempt(action);
      FailAllocation(-1);
      clean();
      if (!AllocationHasFailed()) {
        CHECK_FALSE(code.has_value());
        return failures;
      }
      if (code) {
        ++failures;
        CheckFailure(*code, before);
      } else {
        Restore();
      }
    }
  }
  template <typename Action>
  std::size_t FailEach(Action&& action) {
    return FailEach(action, [&] { engine_.CancelQuantize(); });
  }

  void Set(std::string_view name, OptionValue value) { REQUIRE(engine_.SetOption(name, value).ok()); }

 private:
  struct State {
    std::vector<float> answer;
    std::size_t held_bytes;
    long live_allocations;  ///< without those of `answer`
  };
  State Look() {
    const long live_allocations = LiveAllocations();
    return {Answer(), engine_.GetMemory().held_bytes, live_allocations};
  }

  void CheckFailure(ErrorCode code, const State& before) {
    const long live_allocations = LiveAllocations();
    REQUIRE(code == ErrorCode::out_of_memory);
    REQUIRE(live_allocations == before.live_allocations + 1);
    REQUIRE(engine_.GetMemory().held_bytes == before.held_bytes);
    REQUIRE(Answer() == before.answer);
  }

  /// The error's code. An exception is one that bindings/guard.h would catch.
  template <typename Action>
  static std::optional<ErrorCode> Attempt(Action&& action) {
    try {
      const Status status = action();
      return status.ok() ? std::nullopt : std::optional(status.error().code);
    } catch (const std::bad_alloc&) {
      return ErrorCode::out_of_memory;
    }
  }

  void Restore() { REQUIRE(Load(engine_, former_).ok()); }

  /// In both precisions: a refused batch is a reason to go on in FP32.
  std::vector<float> Answer() {
    for (std::size_t i = 0; i < engine_.input().size(); ++i) engine_.input()[i] = 0.1f * static_cast<float>(i % 9);
    const auto comparison = engine_.Compare();
    REQUIRE(comparison.ok());
    std::vector<float> answer;
    answer.reserve(comparison->fp32.size() + comparison->int8.size());
    answer.insert(answer.end(), comparison->fp32.begin(), comparison->fp32.end());
    answer.insert(answer.end(), comparison->int8.begin(), comparison->int8.end());
    return answer;
  }

  Bytes former_ = Quantized(Perceptron(0.4f), "dynamic");
  Engine engine_;
};

Status Outcome(Result<QuantizationResult> result) {
  if (result.ok()) return {};
  return std::move(result).error();
}

}  // namespace

TEST_CASE("every allocation of load fails in turn", "[engine][oom]") {
  const Bytes model = Perceptron(0.9f);
  Served served;
  SECTION("a float model") {
    CHECK(served.FailEach([&] { return Load(served.engine(), model); }) > 100);
  }
  SECTION("a dynamic quantized model") {
    const Bytes quantized = Quantized(model, "dynamic");
    CHECK(served.FailEach([&] { return Load(served.engine(), quantized); }) > 100);
  }
  SECTION("a static quantized model") {
    const Bytes quantized = Quantized(model, "static");
    CHECK(served.FailEach([&] { return Load(served.engine(), quantized); }) > 100);
  }
  SECTION("a convolutional model") {
    const Bytes convolutional = Convolutional();
    CHECK(served.FailEach([&] { return Load(served.engine(), convolutional); }) > 100);
  }
}

TEST_CASE("every allocation of quantize fails in turn", "[engine][oom]") {
  Served served;
  served.Set("maxLatencyMs", std::numeric_limits<double>::infinity());
  Bytes model = Perceptron(0.9f);
  std::size_t width = kInputs;
  SECTION("dynamic") {}
  SECTION("static") { served.Set("strategy", "static"); }
  SECTION("int4 per group, asymmetric") {
    served.Set("weightType", "int4");
    served.Set("weightGranularity", "per-group");
    served.Set("groupSize", 4.0);
    served.Set("weightScheme", "asymmetric");
  }
  SECTION("with layers that stay in float") {
    model = Perceptron(0.9f, true);
    served.Set("precision", "auto");
    served.Set("weightGranularity", "per-tensor");
  }
  SECTION("a convolutional model, static") {
    model = Convolutional();
    width = 2 * 5 * 5;
    served.Set("strategy", "static");
  }
  CHECK(served.FailEach([&] { return Outcome(Quantize(served.engine(), model, width)); }) > 200);
}

TEST_CASE("every allocation of a batch fails in turn", "[engine][oom]") {
  constexpr std::size_t kRows = 40;
  Served served;
  Engine& engine = served.engine();
  std::size_t staged = 0;
  const auto batch = [&]() -> Status {
    ALICE_ASSIGN_OR_RETURN(staged, engine.StageBatch(kRows));
    std::ranges::fill(engine.batch(staged)->inputs, 0.25f);
    for (std::size_t done = 0; done < kRows;) {
      ALICE_ASSIGN_OR_RETURN(const std::size_t rows, engine.InferBatch(staged, done, kRows));
      done += rows;
    }
    return {};
  };
  CHECK(served.FailEach(batch, [&] { engine.EndBatch(staged); }) > 1);
}

TEST_CASE("neither an inference nor a comparison allocates anything", "[engine][oom]") {
  Served served;
  Engine& engine = served.engine();
  std::ranges::fill(engine.input(), 0.25f);
  bool all_ok = true;
  const std::size_t before = AllocationCount();
  for (int i = 0; i < 100; ++i) all_ok = engine.Infer().ok() && engine.Compare().ok() && all_ok;
  const std::size_t after = AllocationCount();
  CHECK(after == before);
  CHECK(all_ok);
}

}  // namespace alice
