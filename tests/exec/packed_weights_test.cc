// Float weights packed where they lie: the same answers to the last bit, and only where nobody else reads them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "allocation_counter.h"
#include "exec/session.h"
#include "ir/graph_builder.h"
#include "passes/pipeline.h"
#include "random_floats.h"

namespace alice {
namespace {

Session MakeSession(GraphBuilder& builder, Isa isa) {
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  auto session = Session::Create(std::move(builder.graph), builder.budget, isa);
  REQUIRE(session.ok());
  return std::move(*session);
}

std::vector<float> Answers(Session& session) {
  const auto x = session.Input(0).elements<float>();
  std::ranges::copy(RandomFloats(static_cast<std::int64_t>(x.size()), 9), x.begin());
  session.Run(Precision::fp32);
  const auto y = session.Output(0).elements<const float>();
  return {y.begin(), y.end()};
}

/// What the constants of a session hold, one behind the other.
std::vector<float> ConstantsOf(const Session& session) {
  std::vector<float> values;
  for (const Value& value : session.graph().values) {
    if (value.constant && value.dtype == DType::f32)
      std::ranges::copy(value.constant->elements<float>(), std::back_inserter(values));
  }
  return values;
}

ValueId Weights(GraphBuilder& builder, const std::vector<std::int64_t>& dims) {
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) count *= dim;
  return builder.Constant<float>("w" + std::to_string(builder.graph.values.size()), Shape(dims),
                                 RandomFloats(count, 3));
}

}  // namespace

TEST_CASE("products of packed float weights give the same bits", "[exec]") {
  for (const Isa isa : {Isa::reference, BestIsa()}) {
    for (const std::int64_t columns : {5, 8, 19, 40}) {
      for (const std::int64_t rows : {1, 3, 14}) {
        GraphBuilder builder;
        const ValueId x = builder.Input("x", {rows, 21});
        const ValueId h = builder.Op(OpKind::MatMul, {x, Weights(builder, {21, columns})});
        builder.Output(builder.Op(OpKind::Gemm, {h, Weights(builder, {columns, 7})}, GemmAttributes{}));
        Session session = MakeSession(builder, isa);
        const std::vector<float> expected = Answers(session);
        const std::vector<float> as_read = ConstantsOf(session);
        const std::uint64_t planned = session.planned().Total();
        const std::size_t held = builder.budget.held_bytes();
        session.PackFloatWeights();
        INFO(IsaName(isa) << " " << rows << " x " << columns);
        REQUIRE((columns > 8) == (ConstantsOf(session) != as_read));
        REQUIRE(Answers(session) == expected);
        session.PackFloatWeights();
        REQUIRE(Answers(session) == expected);
        REQUIRE(session.planned().Total() == planned);
        REQUIRE(builder.budget.held_bytes() == held);
      }
    }
  }
}

TEST_CASE("convolutions of packed float weights give the same bits", "[exec]") {
  const auto check = [](std::int64_t groups, std::int64_t side, bool is_packed) {
    GraphBuilder builder;
    const ValueId x = builder.Input("x", {1, 4, 9, 8});
    const ValueId w = Weights(builder, {20, 4 / groups, side, side});
    builder.Output(builder.Op(OpKind::Conv, {x, w}, ConvAttributes{.window = {}, .group = groups}));
    Session session = MakeSession(builder, BestIsa());
    const std::vector<float> expected = Answers(session);
    const std::vector<float> as_read = ConstantsOf(session);
    session.PackFloatWeights();
    CHECK((ConstantsOf(session) != as_read) == is_packed);
    CHECK(Answers(session) == expected);
  };
  check(1, 3, true);
  check(1, 1, true);
  check(2, 3, false);
}

TEST_CASE("float weights that somebody else reads are not packed", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {12, 12});
  const ValueId w = Weights(builder, {12, 12});
  const ValueId y = builder.Op(OpKind::MatMul, {x, w});
  SECTION("a sum") { builder.Output(builder.Op(OpKind::Add, {y, w})); }
  SECTION("a product, as its first operand") { builder.Output(builder.Op(OpKind::MatMul, {w, y})); }
  SECTION("a product that takes them transposed") {
    // What Optimize would have made row-major is shared here.
    builder.Output(builder.Op(OpKind::Gemm, {y, w}, GemmAttributes{.trans_a = true}));
    builder.Output(w);
  }
  SECTION("whoever takes the graph's outputs") {
    builder.Output(y);
    builder.Output(w);
  }
  Session session = MakeSession(builder, BestIsa());
  const std::vector<float> expected = Answers(session);
  const std::vector<float> as_read = ConstantsOf(session);
  session.PackFloatWeights();
  CHECK(ConstantsOf(session) == as_read);
  CHECK(Answers(session) == expected);
}

TEST_CASE("a stack of matrices is not packed", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {3, 5, 12});
  builder.Output(builder.Op(OpKind::MatMul, {x, Weights(builder, {3, 12, 16})}));
  Session session = MakeSession(builder, BestIsa());
  const std::vector<float> expected = Answers(session);
  session.PackFloatWeights();
  CHECK(Answers(session) == expected);
}

TEST_CASE("without room to rearrange them float weights stay as they are", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {2, 12});
  builder.Output(builder.Op(OpKind::MatMul, {x, Weights(builder, {12, 16})}));
  Session session = MakeSession(builder, BestIsa());
  const std::vector<float> expected = Answers(session);
  const std::vector<float> as_read = ConstantsOf(session);
  builder.budget.set_limit_bytes(builder.budget.held_bytes() + 12 * 16 * sizeof(float) - 1);
  session.PackFloatWeights();
  CHECK(ConstantsOf(session) == as_read);
  CHECK(Answers(session) == expected);
}

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
