#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "allocation_counter.h"
#include "exec/float_session.h"

namespace alice {

TEST_CASE("a session runs on the rows of its caller", "[exec]") {
  constexpr std::int64_t kSamples = 5, kInputs = 12, kOutputs = 9;
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {builder.Symbol("batch"), Dim::Known(kInputs)});
  const ValueId y = builder.Op(OpKind::MatMul, {x, Weights(builder, {kInputs, kOutputs})});
  builder.Output(builder.Op(OpKind::Reshape, {builder.Relu(y)}, ReshapeAttributes{.dims = {-1, 3, 3}}));
  Session session = MakeSession(builder, BestIsa());
  REQUIRE(session.PlanFor(kSamples).ok());
  session.SetSamples(kSamples);
  const std::vector<float> expected = Answers(session);
  std::vector<float> rows = RandomFloats(kSamples * kInputs, 9);
  rows.resize(rows.size() + kBufferSlack / sizeof(float));
  const std::vector<float> given = rows;
  std::ranges::fill(session.Input(0).elements<float>(), 0.0f);
  std::vector<float> answers(expected.size(), -1.0f);
  {
    const std::size_t before = AllocationCount();
    const bool is_taken = session.TakeInputAt(reinterpret_cast<const std::byte*>(rows.data()));
    const bool is_left = session.LeaveOutputAt(reinterpret_cast<std::byte*>(answers.data()));
    session.Run(Precision::fp32);
    REQUIRE(AllocationCount() == before);
    REQUIRE(is_taken);
    REQUIRE(is_left);
  }
  CHECK(answers == expected);
  CHECK(rows == given);
  SECTION("then in the arena again") {
    session.TakeInputAt(nullptr);
    session.LeaveOutputAt(nullptr);
  }
  SECTION("in that of another plan") {
    REQUIRE(session.Replan(kSamples + 2).ok());
    session.SetSamples(kSamples);
  }
  answers.assign(answers.size(), -1.0f);
  CHECK(Answers(session) == expected);
  CHECK(answers == std::vector<float>(answers.size(), -1.0f));
}

TEST_CASE("what is no session's own output, or one of several tensors, stays where it is", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {2, 3});
  std::vector<float> rows(64, 1.0f);
  auto* const memory = reinterpret_cast<std::byte*>(rows.data());
  SECTION("an input seen with another shape") {
    builder.Output(builder.Op(OpKind::Reshape, {x}, ReshapeAttributes{.dims = {3, 2}}));
    Session session = MakeSession(builder, BestIsa());
    CHECK_FALSE(session.LeaveOutputAt(memory));
    REQUIRE(session.TakeInputAt(memory));
    CHECK(session.OutputData(0) == memory);
  }
  SECTION("two outputs, two inputs") {
    const ValueId z = builder.Input("z", {2, 3});
    builder.Output(builder.Op(OpKind::Add, {x, z}));
    builder.Output(builder.Op(OpKind::Mul, {x, z}));
    Session session = MakeSession(builder, BestIsa());
    CHECK_FALSE(session.TakeInputAt(memory));
    CHECK_FALSE(session.LeaveOutputAt(memory));
  }
}

}  // namespace alice
