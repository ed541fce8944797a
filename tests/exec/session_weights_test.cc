// Float weights packed where they lie: the same answers to the last bit, and only where nobody else reads them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <vector>

#include "exec/float_session.h"

namespace alice {
namespace {

/// What the constants of a session hold, one behind the other.
std::vector<float> ConstantsOf(const Session& session) {
  std::vector<float> values;
  for (const Value& value : session.graph().values) {
    if (value.constant && value.dtype == DType::f32)
      std::ranges::copy(value.constant->elements<float>(), std::back_inserter(values));
  }
  return values;
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

}  // namespace alice
