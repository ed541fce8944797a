#include "onnx/limits.h"
#include "onnx/nested_model.h"

namespace alice {
namespace {

using Floats = std::vector<float>;

/// A branch of one node that gives `output`.
ModelBuilder Branch(const std::string& op, const std::vector<std::string>& inputs, const std::string& output = "b") {
  return ModelBuilder().Add({op, inputs, {output}}).Output(output);
}

/// x [2], the condition "c" as `condition` says, the If and its output "y".
ModelBuilder WithIf(std::optional<bool> condition, const ModelBuilder& then, const ModelBuilder& otherwise) {
  ModelBuilder model;
  model.Input("x", {2});
  if (condition) {
    model.Initializer(BoolTensor("c", *condition));
  } else {
    model.Input(TensorInfo("c", {}, kOnnxBool));
  }
  return model.Add(If("c", {"y"}, then, otherwise)).Output("y");
}

/// Ifs in Ifs, the innermost gives −x.
ModelBuilder Nested(int depth) {
  ModelBuilder branch = Branch("Neg", {"x"});
  for (int level = 1; level < depth; ++level) {
    ModelBuilder outer;
    const std::string name = "b" + std::to_string(level);
    outer.Add(If("c", {name}, branch, ModelBuilder())).Output(name);
    branch = outer;
  }
  return WithIf(true, branch, ModelBuilder());
}

}  // namespace

TEST_CASE("of an If with a constant condition the chosen branch is left, the other is not read", "[onnx]") {
  const ModelBuilder unknown = Branch("NoSuchOperator", {"x"});
  CHECK(EngineModel(WithIf(true, Branch("Neg", {"x"}), unknown)).Run({{"x", {1, -2}}}, {2}) == Floats{-1, 2});
  CHECK(EngineModel(WithIf(false, unknown, Branch("Abs", {"x"}))).Run({{"x", {1, -2}}}, {2}) == Floats{1, 2});
}

TEST_CASE("a condition may follow from the shapes of inputs", "[onnx]") {
  ModelBuilder model;
  model.Input("x", {"n"})
      .Initializer(Int64Tensor("two", {2}))
      .Add({"Shape", {"x"}, {"shape"}})
      .Add({"Equal", {"shape", "two"}, {"c"}})
      .Add(If("c", {"y"}, Branch("Neg", {"x"}), Branch("Abs", {"x"})))
      .Output("y");
  CHECK(EngineModel(model, {{"x", {2}}}).Run({{"x", {1, -2}}}, {2}) == Floats{-1, 2});
  CHECK(EngineModel(model, {{"x", {3}}}).Run({{"x", {1, -2, 3}}}, {3}) == Floats{1, 2, 3});
}

TEST_CASE("a condition that is known only at a run chooses between the results of both branches", "[onnx]") {
  const ModelBuilder model = WithIf(std::nullopt, Branch("Neg", {"x"}), Branch("Abs", {"x"}));
  CHECK(EngineModel(model).Run({{"x", {1, -2}}, {"c", {1}}}, {2}) == Floats{-1, 2});
  CHECK(EngineModel(model).Run({{"x", {1, -2}}, {"c", {0}}}, {2}) == Floats{1, 2});
}

TEST_CASE("a condition of rank 1 does not change the rank of a result", "[onnx]") {
  ModelBuilder model;
  model.Input("x", {})
      .Input(TensorInfo("c", {1}, kOnnxBool))
      .Add(If("c", {"y"}, Branch("Neg", {"x"}), Branch("Exp", {"x"})))
      .Output("y");
  CHECK(EngineModel(model).Run({{"x", {3}}, {"c", {1}}}, {}) == Floats{-3});
}

TEST_CASE("branches that differ in shape or type cannot be chosen between at a run", "[onnx]") {
  ModelBuilder shorter;
  shorter.Initializer(FloatTensor("b", {1}, {7})).Output("b");
  EngineModel(WithIf(std::nullopt, Branch("Neg", {"x"}), shorter))
      .Refused(ErrorCode::shape_unresolved,
               "If \"n\" is decided by \"c\", which is not a constant, and its branches give \"b\" f32[2] or \"b\" "
               "f32[1]");
  ModelBuilder whole;
  whole.Add({"Cast", {"x"}, {"b"}, {IntAttribute("to", kOnnxInt64)}}).Output("b");
  EngineModel(WithIf(std::nullopt, whole, Branch("Neg", {"x"}))).Refused(ErrorCode::shape_unresolved, "i64[2]");
  // Without shapes while the model is read.
  ReadModel read(WithIf(std::nullopt, Branch("Neg", {"x"}), Branch("Abs", {"x"})).Build());
  REQUIRE_FALSE(read.graph.ok());
  CHECK(read.graph.error().code == ErrorCode::shape_unresolved);
}

TEST_CASE("branches see what is around them, and have initializers and nested branches of their own", "[onnx]") {
  ModelBuilder inner;
  inner.Initializer(FloatTensor("w", {2}, {10, 20})).Add({"Add", {"doubled", "w"}, {"sum"}}).Output("sum");
  ModelBuilder outer;
  outer.Add({"Add", {"x", "x"}, {"doubled"}})
      .Add(If("c", {"inside"}, inner, inner))
      .Add({"Mul", {"inside", "x"}, {"b"}})
      .Output("b");
  CHECK(EngineModel(WithIf(true, outer, outer)).Run({{"x", {1, 2}}}, {2}) == Floats{12, 48});
  // Both branches have the same names.
  CHECK(EngineModel(WithIf(std::nullopt, outer, outer)).Run({{"x", {1, 2}}, {"c", {0}}}, {2}) == Floats{12, 48});
}

TEST_CASE("a name inside may be one that comes later outside", "[onnx]") {
  for (const std::string name : {"y", "later"}) {
    ModelBuilder model;
    model.Input("x", {2})
        .Initializer(BoolTensor("c", true))
        .Add(If("c", {"y"}, Branch("Neg", {"x"}, name), Branch("Abs", {"x"}, name)))
        .Add({"Add", {"x", "y"}, {"later"}})
        .Add({"Mul", {"later", "y"}, {"z"}})
        .Output("later")
        .Output("z");
    CHECK(EngineModel(model).Run({{"x", {1, -2}}}, {2}) == Floats{0, 0});
    CHECK(EngineModel(model, {}, "z").Run({{"x", {1, -2}}}, {2}) == Floats{0, 0});
  }
}

TEST_CASE("an If may give what it was given, or a constant", "[onnx]") {
  ModelBuilder given;
  given.Output("x");
  CHECK(EngineModel(WithIf(true, given, given)).Run({{"x", {1, -2}}}, {2}) == Floats{1, -2});
  CHECK(EngineModel(WithIf(std::nullopt, given, given)).Run({{"x", {1, -2}}, {"c", {0}}}, {2}) == Floats{1, -2});
  ModelBuilder constant;
  constant.Initializer(FloatTensor("b", {2}, {5, 6})).Output("b");
  CHECK(EngineModel(WithIf(true, constant, given)).Run({{"x", {1, -2}}}, {2}) == Floats{5, 6});
}

TEST_CASE("chosen outputs need what branches read", "[onnx]") {
  ModelBuilder model;
  model.Input("x", {2})
      .Input("unused", {2})
      .Input(TensorInfo("c", {}, kOnnxBool))
      .Add({"Neg", {"x"}, {"negative"}})
      .Add({"NoSuchOperator", {"unused"}, {"other"}})
      .Add(If("c", {"y"}, Branch("Abs", {"negative"}), Branch("Neg", {"negative"})))
      .Output("y")
      .Output("other");
  EngineModel read(model, {}, "y");
  REQUIRE(read.graph.ok());
  CHECK(read.graph->inputs.size() == 2);
  CHECK(read.Run({{"x", {1, -2}}, {"c", {0}}}, {2}) == Floats{1, -2});
}

TEST_CASE("graphs inside nodes that break a rule are refused", "[onnx]") {
  const ModelBuilder fine = Branch("Neg", {"x"});
  const auto refused = [](const ModelBuilder& model, const std::string& part) {
    EngineModel(model).Refused(ErrorCode::model_invalid_graph, part);
  };
  SECTION("a name that hides one outside") {
    refused(WithIf(true, Branch("Neg", {"x"}, "x"), fine), "\"x\" is defined twice");
    refused(WithIf(true, ModelBuilder().Initializer(FloatTensor("x", {1}, {1})).Output("x"), fine), "defined twice");
  }
  SECTION("a name that is not yet there") {
    refused(WithIf(true, Branch("Neg", {"y"}), fine), "reads \"y\", which nothing before it defines");
    refused(WithIf(true, ModelBuilder().Output("y"), fine), "nothing defines \"y\"");
  }
  SECTION("a name of a branch outside it") {
    ModelBuilder model = WithIf(true, fine, fine);
    model.Add({"Neg", {"b"}, {"z"}, {}, "n2"});
    refused(model, "reads \"b\", which nothing before it defines");
  }
  SECTION("too few outputs, or inputs") {
    refused(WithIf(true, ModelBuilder(), fine), "0 inputs and 0 outputs instead of 0 and 1");
    ModelBuilder taking = Branch("Neg", {"a"});
    taking.Input("a", {2});
    refused(WithIf(true, taking, fine), "1 inputs and 1 outputs instead of 0 and 1");
  }
  SECTION("no branch") {
    ModelBuilder model;
    model.Input("x", {2}).Initializer(BoolTensor("c", false));
    SECTION("at all") {
      model.Add({"If", {"c"}, {"y"}, {GraphAttribute("then_branch", fine)}, "n"}).Output("y");
      refused(model, "1 attributes instead of a condition and two branches");
    }
    SECTION("that is a graph") {
      model.Add({"If", {"c"}, {"y"}, {GraphAttribute("then_branch", fine), IntAttribute("else_branch", 1)}, "n"});
      refused(model.Output("y"), "If \"n\" has no graph \"else_branch\"");
    }
  }
  SECTION("another condition") {
    ModelBuilder model;
    model.Input("x", {2}).Initializer(FloatTensor("c", {}, {1})).Add(If("c", {"y"}, fine, fine)).Output("y");
    refused(model, "the condition \"c\" is f32[] instead of one boolean");
  }
}

TEST_CASE("graphs inside nodes may be nested so deep and no deeper", "[onnx]") {
  CHECK(EngineModel(Nested(kMaxGraphDepth)).Run({{"x", {1, -2}}}, {2}) == Floats{-1, 2});
  CHECK(EngineModel(Nested(kMaxGraphDepth), {}, "y").Run({{"x", {1, -2}}}, {2}) == Floats{-1, 2});
  for (const int depth : {kMaxGraphDepth + 1, 500}) {
    EngineModel(Nested(depth)).Refused(ErrorCode::model_limit, "nested more than 16 deep");
    const EngineModel chosen(Nested(depth), {}, "y");
    REQUIRE_FALSE(chosen.graph.ok());
    CHECK(chosen.graph.error().code == ErrorCode::model_limit);
  }
}

}  // namespace alice
