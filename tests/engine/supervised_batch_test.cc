// The same in batches and where memory is refused: a batch is answered as single inferences are.
#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "engine/engine.h"
#include "watched.h"

namespace alice {
namespace {

TEST_CASE("a batch beyond the budget is refused with an event, and the engine falls back", "[supervision]") {
  Watched watched({{"maxMemoryMB", 2.0}});
  const auto batch = watched.engine.StageBatch(1'000'000);
  REQUIRE_FALSE(batch.ok());
  CHECK(batch.error().code == ErrorCode::budget_exceeded);
  watched.Take();
  const auto refusals = watched.Of(Kind::memory);
  REQUIRE(refusals.size() == 1);
  CHECK(refusals[0].requested_bytes > refusals[0].limit_bytes);
  REQUIRE(watched.Of(Kind::fallback).size() == 1);
  CHECK(watched.engine.GetStatus().fallback == FallbackReason::memory_pressure);
  CHECK(watched.Ask(11) == Repeat("f", 10) + "8");
}

TEST_CASE("a model that is refused for memory is told, and changes nothing", "[supervision]") {
  Watched watched({{"maxMemoryMB", 2.0}});
  CHECK_FALSE(watched.engine.StageModel(std::size_t{8} << 20).ok());
  watched.Take();
  CHECK(watched.Of(Kind::memory).size() == 1);
  CHECK(watched.events.size() == 1);
  CHECK(watched.engine.supervisor().counts().refusals == 1);
  CHECK(watched.Ask(1) == "8");
}

TEST_CASE("what a batch monitors ahead is what single inferences monitor, whatever comes between", "[supervision]") {
  const double interval = GENERATE(1.0, 3.0, 7.0, 32.0, 33.0);
  const bool falls_back = GENERATE(true, false);
  const Settings settings{{"monitorInterval", interval}, {"enableAutoFallback", falls_back}};
  Watched single(settings);
  Watched batched(settings);
  constexpr std::size_t kRows = 170;
  std::vector<float> rows(kRows * kFeatureCount);
  for (std::size_t i = 0; i < kRows; ++i) {
    std::copy_n(single.NextRow(), kFeatureCount, rows.begin() + static_cast<std::ptrdiff_t>(i * kFeatureCount));
    // Far out of range: where INT8's answer is not finite, FP32 runs out of turn.
    if (i % 13 == 5) rows[i * kFeatureCount] = 3e38f;
  }
  for (Watched* watched : {&single, &batched}) {
    REQUIRE(watched->engine.faults()->CorruptWeights(FirstQuantizedLayer(watched->engine), 2).ok());
  }

  const auto number = batched.engine.StageBatch(kRows);
  REQUIRE(number.ok());
  const Batch& batch = *batched.engine.batch(*number);
  std::copy(rows.begin(), rows.end(), batch.inputs.begin());
  for (std::size_t done = 0; done < kRows;) {
    const auto more = batched.engine.InferBatch(*number, done, batch.rows);
    REQUIRE(more.ok());
    done += *more;
    batched.Take();
  }
  const std::span<const float> outputs = batch.outputs;
  for (std::size_t i = 0; i < kRows; ++i) {
    INFO("interval " << interval << ", row " << i);
    const auto expected = Infer(single.engine, rows.data() + i * kFeatureCount);
    REQUIRE(expected.ok());
    single.Take();
    const Answer& answer = batch.answers[i];
    CHECK(answer.precision == expected->precision);
    CHECK(answer.class_index == expected->class_index);
    CHECK(std::bit_cast<std::uint32_t>(answer.similarity) == std::bit_cast<std::uint32_t>(expected->similarity));
    const std::span<const float> output = single.engine.output();
    CHECK(std::memcmp(output.data(), outputs.data() + i * output.size(), output.size_bytes()) == 0);
  }
  CHECK(batched.engine.supervisor().counts().monitored == single.engine.supervisor().counts().monitored);
  CHECK((batched.engine.supervisor().counts().monitored > 0 || falls_back));
  REQUIRE(batched.events.size() == single.events.size());
  for (std::size_t i = 0; i < batched.events.size(); ++i) {
    CHECK(batched.events[i].kind == single.events[i].kind);
    CHECK(batched.events[i].inference == single.events[i].inference);
    CHECK(batched.events[i].reason == single.events[i].reason);
  }
}

TEST_CASE("a batch is answered row by row as single inferences are, through fallback and recovery", "[supervision]") {
  Watched single;
  Watched batched;
  constexpr std::size_t kRows = 200;
  for (Watched* watched : {&single, &batched}) {
    REQUIRE(watched->engine.faults()->CorruptWeights(FirstQuantizedLayer(watched->engine), 2).ok());
  }
  std::string expected;
  std::vector<float> expected_outputs;
  for (std::size_t i = 0; i < kRows; ++i) {
    if (i == 45) REQUIRE(single.engine.faults()->CorruptWeights(FirstQuantizedLayer(single.engine), 2).ok());
    expected += single.Ask().precision == Precision::int8 ? '8' : 'f';
    const auto output = single.engine.output();
    expected_outputs.insert(expected_outputs.end(), output.begin(), output.end());
  }
  CHECK(expected == Repeat("8", 9) + Repeat("f", 41) + Repeat("8", 150));

  std::string seen;
  std::vector<float> outputs;
  for (const std::size_t rows : {std::size_t{45}, kRows - 45}) {
    if (rows != 45) REQUIRE(batched.engine.faults()->CorruptWeights(FirstQuantizedLayer(batched.engine), 2).ok());
    const auto number = batched.engine.StageBatch(rows);
    REQUIRE(number.ok());
    const Batch& batch = *batched.engine.batch(*number);
    for (std::size_t i = 0; i < rows; ++i)
      std::copy_n(batched.NextRow(), kFeatureCount, batch.inputs.data() + i * kFeatureCount);
    for (std::size_t done = 0; done < rows;) {
      const auto more = batched.engine.InferBatch(*number, done, batch.rows);
      REQUIRE(more.ok());
      done += *more;
      batched.Take();
    }
    for (const Answer& answer : batch.answers) seen += answer.precision == Precision::int8 ? '8' : 'f';
    outputs.insert(outputs.end(), batch.outputs.begin(), batch.outputs.end());
  }
  CHECK(seen == expected);
  CHECK(outputs == expected_outputs);
  REQUIRE(batched.events.size() == single.events.size());
  for (std::size_t i = 0; i < batched.events.size(); ++i) {
    CHECK(batched.events[i].kind == single.events[i].kind);
    CHECK(batched.events[i].inference == single.events[i].inference);
  }
}

TEST_CASE("with falling back switched off, a run that throws costs a batch one row, as it does single inferences",
          "[supervision]") {
  Watched watched({{"enableAutoFallback", false}});
  constexpr std::size_t kRows = 50;
  const auto number = watched.engine.StageBatch(kRows);
  REQUIRE(number.ok());
  const Batch& batch = *watched.engine.batch(*number);
  for (std::size_t i = 0; i < kRows; ++i)
    std::copy_n(watched.NextRow(), kFeatureCount, batch.inputs.data() + i * kFeatureCount);
  watched.engine.faults()->Throw(2);
  REQUIRE(watched.engine.InferBatch(*number, 0, kRows).value() == kRows);
  std::string seen;
  for (const Answer& answer : batch.answers) seen += answer.precision == Precision::int8 ? '8' : 'f';
  CHECK(seen == "ff" + Repeat("8", kRows - 2));
}

TEST_CASE("a batch that is refused says how much it wanted in all", "[supervision]") {
  Watched watched({{"maxMemoryMB", 2.0}});
  constexpr std::size_t kRows = 100'000;
  REQUIRE_FALSE(watched.engine.StageBatch(kRows).ok());
  watched.Take();
  REQUIRE(watched.Of(Kind::memory).size() == 1);
  const std::size_t wanted = watched.Of(Kind::memory)[0].requested_bytes;
  CHECK(wanted >= kRows * (18 * sizeof(float) + sizeof(Answer)));
  CHECK(wanted < kRows * (18 * sizeof(float) + sizeof(Answer)) + 1024);
}

TEST_CASE("a batch stops where events must be taken, and goes on after that", "[supervision]") {
  Watched watched({{"recoveryCheckInterval", 1.0}, {"monitorInterval", 1.0}});
  REQUIRE(watched.engine.faults()->CorruptWeights(FirstQuantizedLayer(watched.engine), 1).ok());
  constexpr std::size_t kRows = 300;
  const auto number = watched.engine.StageBatch(kRows);
  REQUIRE(number.ok());
  const Batch& batch = *watched.engine.batch(*number);
  for (std::size_t i = 0; i < kRows; ++i)
    std::copy_n(watched.NextRow(), kFeatureCount, batch.inputs.data() + i * kFeatureCount);
  std::size_t done = 0;
  std::size_t calls = 0;
  for (; done < kRows; ++calls) {
    const auto more = watched.engine.InferBatch(*number, done, kRows);
    REQUIRE(more.ok());
    REQUIRE(*more > 0);
    done += *more;
    watched.Take();
  }
  CHECK(calls > 1);
  CHECK(watched.Of(Kind::probe).size() + 1 == kRows);
}

TEST_CASE("a batch stays through other batches and models, and takes rows of its widths", "[supervision]") {
  Watched watched;
  const auto first = watched.engine.StageBatch(3);
  const auto second = watched.engine.StageBatch(2);
  REQUIRE((first.ok() && second.ok()));
  CHECK(*first != *second);
  std::ranges::fill(watched.engine.batch(*first)->inputs, 0.25f);
  std::ranges::fill(watched.engine.batch(*second)->inputs, 0.75f);
  CHECK(watched.engine.InferBatch(*second, 0, 2).value() == 2);
  const std::vector<float> answer(watched.engine.batch(*second)->outputs.begin(),
                                  watched.engine.batch(*second)->outputs.end());
  // Some of its rows, which leave the others as they are.
  CHECK(watched.engine.InferBatch(*first, 1, 2).value() == 1);
  watched.engine.EndBatch(*second);
  CHECK(watched.engine.batch(*second) == nullptr);

  REQUIRE(Quantize(watched.engine, ReadModel("behavior-classifier-large"), &watched.set).ok());
  std::ranges::fill(watched.engine.batch(*first)->inputs, 0.75f);
  CHECK(watched.engine.InferBatch(*first, 0, 3).value() == 3);
  CHECK_FALSE(std::ranges::equal(watched.engine.batch(*first)->outputs.first(answer.size()), answer));

  for (const auto& [number, begin, end] :
       {std::tuple{*second, std::size_t{0}, std::size_t{1}}, {*first, 2, 4}, {*first, 2, 1}}) {
    CHECK(watched.engine.InferBatch(number, begin, end).error()->code == ErrorCode::argument_invalid);
  }
  watched.engine.EndBatch(*first);
}

}  // namespace
}  // namespace alice
