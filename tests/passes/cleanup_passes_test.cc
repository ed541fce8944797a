#include <catch2/catch.hpp>

#include "passes/pass_model.h"
#include "passes/passes.h"

namespace alice {
namespace {

TEST_CASE("an Identity between nodes disappears", "[passes]") {
  PassModel model;
  const ValueId x = model.Input("x", {model.batch, Dim::Known(2)});
  const ValueId same = model.Op(OpKind::Cast, {model.Op(OpKind::Identity, {x})}, CastAttributes{DType::f32});
  model.Output(model.Relu(same));
  model.Run(RemoveIdentity);
  CHECK(model.Kinds() == "Relu");
  CHECK(model.node(0).inputs[0] == x);
}

TEST_CASE("a Cast to another type stays", "[passes]") {
  PassModel model;
  const ValueId x = model.Input("x", {2});
  model.Output(model.Op(OpKind::Cast, {x}, CastAttributes{DType::i32}));
  model.Prepare();
  REQUIRE(RemoveIdentity(model.graph, model.budget).ok());
  CHECK(model.Kinds() == "Cast");
}

TEST_CASE("an Identity that is a graph output leaves its name to the node before", "[passes]") {
  PassModel model;
  const ValueId x = model.Input("x", {model.batch, Dim::Known(2)});
  const ValueId h = model.Relu(x);
  const ValueId first = model.Op(OpKind::Identity, {h}, {}, "first");
  const ValueId used_before = model.Op(OpKind::Tanh, {h}, Activation{ActivationKind::tanh});
  const ValueId second = model.Op(OpKind::Identity, {h}, {}, "second");
  for (const ValueId id : {first, used_before, second}) model.Output(id);
  model.Run(RemoveIdentity);
  CHECK(model.Kinds() == "Relu Tanh Cast");
  CHECK(model.node(0).outputs[0] == first);
  CHECK(model.node(1).inputs[0] == first);
  CHECK(model.node(2).inputs[0] == first);
  CHECK(model.graph.outputs == std::vector<ValueId>{first, used_before, second});
}

TEST_CASE("an output that copies an input or a constant becomes a Cast to its own type", "[passes]") {
  PassModel model;
  const ValueId x = model.Input("x", {model.batch, Dim::Known(2)});
  const ValueId c = model.Constant<std::int32_t>("c", {2}, {1, 2});
  model.Output(model.Op(OpKind::Identity, {x}));
  model.Output(model.Op(OpKind::Identity, {c}));
  model.Run(Optimize);
  CHECK(model.Kinds() == "Cast Cast");
  CHECK(std::get<CastAttributes>(model.node(1).attributes).to == DType::i32);
  model.Run(Optimize);
  CHECK(model.Kinds() == "Cast Cast");
}

TEST_CASE("views and casts of constants are folded", "[passes]") {
  PassModel model;
  const ValueId x = model.Input("x", {model.batch, Dim::Known(2)});
  const ValueId c = model.Constant<std::int32_t>("c", {4, 1}, {1, -2, 3, 4});
  const ValueId real = model.Op(OpKind::Cast, {c}, CastAttributes{DType::f32});
  const ValueId square = model.Op(OpKind::Reshape, {real}, ReshapeAttributes{Shape{2, -1}, false});
  const ValueId row = model.Op(OpKind::Flatten, {square}, FlattenAttributes{0});
  const ValueId product = model.Op(OpKind::MatMul, {x, square});
  model.Output(
      model.Op(OpKind::Add, {model.Op(OpKind::Reshape, {row}, ReshapeAttributes{Shape{2, 1, 2}, false}), product}));
  model.Run(FoldConstants);
  CHECK(model.Kinds() == "MatMul Add");
  CHECK(model.Elements<float>(square) == std::vector<float>{1, -2, 3, 4});
  CHECK(model.TypeOf(square) == "f32[2, 2]");
  CHECK_FALSE(model.graph.IsConstant(c));
  CHECK_FALSE(model.graph.IsConstant(row));
  CHECK_FALSE(model.graph.IsConstant(real));
}

TEST_CASE("a folded constant moves where nobody else uses it", "[passes]") {
  PassModel model;
  const ValueId c = model.Constant<float>("c", {100}, std::vector<float>(100, 1.0f));
  const ValueId v = model.Op(OpKind::Reshape, {c}, ReshapeAttributes{Shape{10, 10}, false});
  model.Output(model.Relu(v));
  const std::size_t held = model.budget.held_bytes();
  model.Run(FoldConstants);
  CHECK(model.budget.held_bytes() == held);
  CHECK(model.budget.peak_bytes() == held);
}

TEST_CASE("a constant that is a graph output is not folded away", "[passes]") {
  PassModel model;
  const ValueId c = model.Constant<float>("c", {2}, {1, 2});
  model.Output(model.Op(OpKind::Reshape, {c}, ReshapeAttributes{Shape{1, 2}, false}));
  model.Run(FoldConstants);
  CHECK(model.Kinds() == "Reshape");
}

TEST_CASE("Cast of a constant truncates and saturates", "[passes]") {
  PassModel model;
  const float inf = std::numeric_limits<float>::infinity();
  const ValueId c = model.Constant<float>("c", {8}, {1.9f, -1.9f, 300, -300, inf, -inf, std::nanf(""), 0.0f});
  const auto cast = [&](DType to) { return model.Op(OpKind::Cast, {c}, CastAttributes{to}); };
  const ValueId s8 = cast(DType::s8), u8 = cast(DType::u8), i32 = cast(DType::i32), i64 = cast(DType::i64);
  const ValueId boolean = cast(DType::boolean);
  const ValueId low =
      model.Op(OpKind::Cast, {model.Constant<std::int32_t>("i", {3}, {257, -1, 0})}, CastAttributes{DType::u8});
  for (const ValueId id : {s8, u8, i32, i64, boolean, low}) {
    model.Output(model.Op(OpKind::Reshape, {id}, ReshapeAttributes{Shape{1, -1}, false}));
  }
  model.Prepare();
  REQUIRE(FoldConstants(model.graph, model.budget).ok());
  CHECK(model.Elements<std::int8_t>(s8) == std::vector<std::int8_t>{1, -1, 127, -128, 127, -128, 0, 0});
  CHECK(model.Elements<std::uint8_t>(u8) == std::vector<std::uint8_t>{1, 0, 255, 0, 255, 0, 0, 0});
  const std::int32_t most32 = std::numeric_limits<std::int32_t>::max();
  CHECK(model.Elements<std::int32_t>(i32) == std::vector<std::int32_t>{1, -1, 300, -300, most32, -most32 - 1, 0, 0});
  const std::int64_t most64 = std::numeric_limits<std::int64_t>::max();
  CHECK(model.Elements<std::int64_t>(i64) == std::vector<std::int64_t>{1, -1, 300, -300, most64, -most64 - 1, 0, 0});
  CHECK(model.Elements<bool>(boolean) == std::vector<bool>{true, true, true, true, true, true, true, false});
  CHECK(model.Elements<std::uint8_t>(low) == std::vector<std::uint8_t>{1, 255, 0});
}

TEST_CASE("dead nodes, values and constants disappear", "[passes]") {
  PassModel model;
  const ValueId x = model.Input("x", {model.batch, Dim::Known(2)});
  model.Input("unused", {2});
  const ValueId c = model.Constant<float>("c", {1000}, std::vector<float>(1000, 0.0f));
  model.Relu(model.Op(OpKind::Add, {c, c}));
  model.Output(model.Relu(x));
  const ValueId w = model.Constant<float>("w", {2, 1}, {1, 2});
  const ValueId q = model.Constant<std::int8_t>("q", {2, 1}, {1, 2});
  const ValueId s = model.Constant<float>("s", {1}, {1});
  model.Output(model.Op(OpKind::MatMul, {x, w}));
  model.graph.nodes.back().quantized = QuantizedForm{{}, q, s};
  model.Run(RemoveDead);
  CHECK(model.Kinds() == "Relu MatMul");
  CHECK(model.graph.values.size() == 7);
  CHECK(model.graph.inputs.size() == 2);
  CHECK(model.budget.held_bytes() < 1000);
  CHECK(model.graph.value(model.node(1).quantized->weights).name == "q");
}

}  // namespace
}  // namespace alice
