#include "ir/shape_rules.h"

#include <catch2/catch.hpp>

#include "ir/shape_rule_model.h"

namespace alice {
namespace {

using Model = ShapeRuleModel;

TEST_CASE("every operator has a shape rule", "[ir]") {
  for (const OpInfo& op : AllOps()) CHECK(ShapeRuleOf(op.kind) != nullptr);
}

TEST_CASE("shapes of broadcasting operators", "[ir]") {
  for (const OpKind kind : {OpKind::Add, OpKind::Sub, OpKind::Mul}) {
    struct Case {
      std::vector<Dim> a, b;
      std::string result;
    };
    Model names;
    const Dim batch = names.batch;
    const auto n = Model::N;
    const std::vector<Case> cases = {
        {{batch, n(4)}, {n(4)}, "f32[batch, 4]"},           {{n(4)}, {batch, n(4)}, "f32[batch, 4]"},
        {{batch, n(1)}, {n(1), n(4)}, "f32[batch, 4]"},     {{batch, n(4)}, {}, "f32[batch, 4]"},
        {{n(2), n(1), n(3)}, {n(5), n(1)}, "f32[2, 5, 3]"}, {{}, {}, "f32[]"},
        {{batch, n(4)}, {batch, n(4)}, "f32[batch, 4]"},    {{n(1)}, {n(0)}, "f32[0]"},
    };
    for (const Case& each : cases) {
      Model model;
      const ValueId a = model.Input("a", each.a);
      CHECK(model.Infer(model.Op(kind, {a, model.Input("b", each.b)})) == each.result);
    }
  }
}

TEST_CASE("shapes that do not broadcast are both named", "[ir]") {
  Model model;
  SECTION("numbers") {
    model.Op(OpKind::Add, {model.Input("a", {2, 3}), model.Input("b", {2})});
    model.Fails(ErrorCode::shape_mismatch, {"Add \"Add0\"", "[2, 3]", "[2]"});
  }
  SECTION("a symbol and a number") {
    model.Op(OpKind::Mul, {model.Input("a", {model.batch}), model.Input("b", {5})});
    model.Fails(ErrorCode::shape_mismatch, {"[batch]", "[5]"});
  }
  SECTION("two symbols") {
    model.Op(OpKind::Sub, {model.Input("a", {model.batch}), model.Input("b", {model.Symbol("time")})});
    model.Fails(ErrorCode::shape_mismatch, {"[batch]", "[time]"});
  }
  SECTION("zero is not one") {
    model.Op(OpKind::Sub, {model.Input("a", {2}), model.Input("b", {0})});
    model.Fails(ErrorCode::shape_mismatch, {"[2]", "[0]"});
  }
}

TEST_CASE("shapes of elementwise operators", "[ir]") {
  for (const auto& [kind, activation] :
       {std::pair{OpKind::Relu, ActivationKind::relu}, std::pair{OpKind::LeakyRelu, ActivationKind::leaky_relu},
        std::pair{OpKind::Elu, ActivationKind::elu}, std::pair{OpKind::Sigmoid, ActivationKind::sigmoid},
        std::pair{OpKind::Tanh, ActivationKind::tanh}}) {
    Model model;
    const ValueId x = model.Input("x", {model.batch, Model::N(3)});
    CHECK(model.Infer(model.Op(kind, {x}, Activation{activation})) == "f32[batch, 3]");
    model.Op(kind, {model.Input("i", {2}, DType::i32)}, Activation{activation});
    model.Fails(ErrorCode::model_unsupported_type, {"\"i\" is i32", "must be f32"});
  }
  Model model;
  const ValueId i = model.Input("i", {3}, DType::i64);
  CHECK(model.Infer(model.Op(OpKind::Identity, {i})) == "i64[3]");
  CHECK(model.Infer(model.Op(OpKind::Cast, {i}, CastAttributes{DType::boolean})) == "boolean[3]");
  CHECK(model.Infer(model.Op(OpKind::Add, {i, i})) == "i64[3]");
  SECTION("of two types") {
    model.Op(OpKind::Mul, {i, model.Input("f", {3})});
    model.Fails(ErrorCode::model_unsupported_type, {"\"f\" is f32", "must be i64"});
  }
  SECTION("of booleans") {
    model.Op(OpKind::Sub, {model.Input("b", {3}, DType::boolean), model.Input("c", {3}, DType::boolean)});
    model.Fails(ErrorCode::model_unsupported_type, {"\"b\" is boolean"});
  }
}

TEST_CASE("shape of Softmax", "[ir]") {
  for (const std::int64_t axis : {-2, -1, 0, 1}) {
    Model model;
    const ValueId x = model.Input("x", {model.batch, Model::N(3)});
    CHECK(model.Infer(model.Op(OpKind::Softmax, {x}, SoftmaxAttributes{axis, false})) == "f32[batch, 3]");
  }
  for (const std::int64_t axis : {-3, 2}) {
    Model model;
    model.Op(OpKind::Softmax, {model.Input("x", {2, 3})}, SoftmaxAttributes{axis, false});
    model.Fails(ErrorCode::shape_mismatch, {"axis " + std::to_string(axis), "[2, 3]"});
  }
  Model model;
  model.Op(OpKind::Softmax, {model.Input("x", std::vector<Dim>{})}, SoftmaxAttributes{});
  model.Fails(ErrorCode::shape_mismatch, {"[]"});
}

TEST_CASE("shape of Flatten", "[ir]") {
  const std::vector<std::pair<std::int64_t, std::string>> known = {
      {0, "f32[1, 24]"}, {1, "f32[2, 12]"}, {2, "f32[6, 4]"}, {3, "f32[24, 1]"}, {-1, "f32[6, 4]"}, {-3, "f32[1, 24]"}};
  for (const auto& [axis, result] : known) {
    Model model;
    CHECK(model.Infer(model.Op(OpKind::Flatten, {model.Input("x", {2, 3, 4})}, FlattenAttributes{axis})) == result);
  }
  Model model;
  const ValueId x = model.Input("x", {model.batch, Model::N(3), Model::N(4)});
  const ValueId one = model.Input("one", {Model::N(1), model.batch, Model::N(4)});
  const ValueId empty = model.Input("empty", {model.batch, Model::N(0)});
  const ValueId scalar = model.Input("scalar", std::vector<Dim>{});
  CHECK(model.Infer(model.Op(OpKind::Flatten, {x}, FlattenAttributes{1})) == "f32[batch, 12]");
  CHECK(model.Infer(model.Op(OpKind::Flatten, {one}, FlattenAttributes{2})) == "f32[batch, 4]");
  CHECK(model.Infer(model.Op(OpKind::Flatten, {empty}, FlattenAttributes{0})) == "f32[1, 0]");
  CHECK(model.Infer(model.Op(OpKind::Flatten, {scalar}, FlattenAttributes{0})) == "f32[1, 1]");
  SECTION("a product of a symbol") {
    model.Op(OpKind::Flatten, {x}, FlattenAttributes{2});
    model.Fails(ErrorCode::shape_unresolved, {"[batch, 3, 4]", "axis 2"});
  }
  SECTION("axis outside") {
    model.Op(OpKind::Flatten, {x}, FlattenAttributes{4});
    model.Fails(ErrorCode::shape_mismatch, {"axis 4", "[batch, 3, 4]"});
  }
}

TEST_CASE("shape of Reshape", "[ir]") {
  Model names;
  const Dim batch = names.batch;
  const Dim time = names.Symbol("time");
  const auto n = Model::N;
  struct Case {
    std::vector<Dim> from;
    std::vector<std::int64_t> dims;
    bool allow_zero;
    std::string result;
  };
  const std::vector<Case> cases = {
      {{n(2), n(3), n(4)}, {4, 6}, false, "f32[4, 6]"},
      {{n(2), n(3), n(4)}, {-1, 8}, false, "f32[3, 8]"},
      {{n(2), n(3), n(4)}, {0, -1}, false, "f32[2, 12]"},
      {{n(2), n(3), n(4)}, {0, 0, 2, 2}, false, "f32[2, 3, 2, 2]"},
      {{n(1)}, {}, false, "f32[]"},
      {{}, {1, 1}, false, "f32[1, 1]"},
      {{n(0), n(3)}, {3, 0}, true, "f32[3, 0]"},
      {{n(0), n(3)}, {-1, 5}, false, "f32[0, 5]"},
      {{batch, n(3), n(4)}, {-1, 12}, false, "f32[batch, 12]"},
      {{batch, n(12)}, {0, -1}, false, "f32[batch, 12]"},
      {{batch, n(12)}, {-1, 12}, false, "f32[batch, 12]"},
      {{batch, n(12)}, {0, 3, 4}, false, "f32[batch, 3, 4]"},
      {{batch, n(12)}, {0, 3, -1}, false, "f32[batch, 3, 4]"},
      {{batch, n(12)}, {2, -1, 6}, false, "f32[2, batch, 6]"},
      {{batch, time, n(4)}, {0, -1, 4}, false, "f32[batch, time, 4]"},
      {{batch, n(0)}, {-1, 5}, false, "f32[0, 5]"},
  };
  for (const Case& each : cases) {
    Model model;
    model.Symbol("time");
    const ValueId x = model.Input("x", each.from);
    const ReshapeAttributes attributes{Shape(each.dims), each.allow_zero};
    CAPTURE(Shape(each.dims).ToString());
    CHECK(model.Infer(model.Op(OpKind::Reshape, {x}, attributes)) == each.result);
  }
}

TEST_CASE("Reshape errors name both shapes", "[ir]") {
  Model names;
  const Dim batch = names.batch;
  const Dim time = names.Symbol("time");
  const auto n = Model::N;
  struct Case {
    std::vector<Dim> from;
    std::vector<std::int64_t> dims;
    bool allow_zero;
    ErrorCode code;
  };
  const std::vector<Case> cases = {
      {{n(2), n(3)}, {5}, false, ErrorCode::shape_mismatch},
      {{n(2), n(3)}, {-1, 4}, false, ErrorCode::shape_mismatch},
      {{n(2), n(3)}, {-1, -1}, false, ErrorCode::shape_mismatch},
      {{n(2), n(3)}, {-2, 3}, false, ErrorCode::shape_mismatch},
      {{n(2), n(3)}, {2, 3, 0}, false, ErrorCode::shape_mismatch},
      {{n(0), n(3)}, {0, -1}, true, ErrorCode::shape_mismatch},
      {{n(0), n(3)}, {0, -1}, false, ErrorCode::shape_unresolved},
      {{batch, n(12)}, {-1, 4}, false, ErrorCode::shape_unresolved},
      {{batch, n(12)}, {1, 12}, false, ErrorCode::shape_unresolved},
      {{batch, n(12)}, {-1}, false, ErrorCode::shape_unresolved},
      {{batch, time}, {-1}, false, ErrorCode::shape_unresolved},
      {{batch, n(12)}, {0, 5}, false, ErrorCode::shape_mismatch},
      {{batch, n(12)}, {0, 5, -1}, false, ErrorCode::shape_mismatch},
  };
  for (const Case& each : cases) {
    Model model;
    model.Symbol("time");
    const ValueId x = model.Input("x", each.from);
    model.Op(OpKind::Reshape, {x}, ReshapeAttributes{Shape(each.dims), each.allow_zero});
    const SymbolicShape from{each.from};
    model.Fails(each.code,
                {"the shape " + from.ToString(model.graph.symbols) + " cannot become", Shape(each.dims).ToString()});
  }
}

TEST_CASE("types and shapes of QuantizeLinear and DequantizeLinear", "[ir]") {
  Model model;
  const ValueId x = model.Input("x", {model.batch, Model::N(3), Model::N(2)});
  const ValueId one = model.Input("one", {1});
  const ValueId three = model.Input("three", {3});
  const ValueId z3 = model.Input("z3", {3}, DType::s8);
  const QuantizeLinearAttributes quantize;
  const DequantizeLinearAttributes dequantize;
  CHECK(model.Infer(model.Op(OpKind::QuantizeLinear, {x, one}, quantize)) == "u8[batch, 3, 2]");
  CHECK(model.Infer(model.Op(OpKind::QuantizeLinear, {x, one}, QuantizeLinearAttributes{1, DType::s8})) ==
        "s8[batch, 3, 2]");
  const ValueId q = model.Op(OpKind::QuantizeLinear, {x, three, z3}, QuantizeLinearAttributes{-2, std::nullopt});
  CHECK(model.Infer(q) == "s8[batch, 3, 2]");
  CHECK(model.Infer(model.Op(OpKind::DequantizeLinear, {q, three, z3}, dequantize)) == "f32[batch, 3, 2]");
  CHECK(model.Infer(model.Op(OpKind::DequantizeLinear, {model.Input("i", {7}, DType::i32), one}, dequantize)) ==
        "f32[7]");
  SECTION("another axis") {
    model.Op(OpKind::QuantizeLinear, {x, three}, QuantizeLinearAttributes{2, std::nullopt});
    model.Fails(ErrorCode::shape_mismatch, {"\"three\" [3]", "axis 2 of [batch, 3, 2]"});
  }
  SECTION("no such axis") {
    model.Op(OpKind::DequantizeLinear, {q, three}, DequantizeLinearAttributes{3});
    model.Fails(ErrorCode::shape_mismatch, {"axis 3"});
  }
  SECTION("zero points of another shape") {
    model.Op(OpKind::QuantizeLinear, {x, one, z3}, quantize);
    model.Fails(ErrorCode::shape_mismatch, {"\"one\" [1]", "\"z3\" [3]"});
  }
  SECTION("a zero point of another type than asked for") {
    model.Op(OpKind::QuantizeLinear, {x, three, z3}, QuantizeLinearAttributes{1, DType::u8});
    model.Fails(ErrorCode::model_unsupported_type, {"\"z3\" is s8", "to be u8"});
  }
  SECTION("quantizing to i32") {
    model.Op(OpKind::QuantizeLinear, {x, one}, QuantizeLinearAttributes{1, DType::i32});
    model.Fails(ErrorCode::model_unsupported_type, {"i32", "u8 or s8"});
  }
  SECTION("dequantizing floats") {
    model.Op(OpKind::DequantizeLinear, {x, one}, dequantize);
    model.Fails(ErrorCode::model_unsupported_type, {"\"x\" is f32"});
  }
}

TEST_CASE("shape of BatchNormalization", "[ir]") {
  Model model;
  const ValueId p = model.Constant<float>("p", {3}, {1, 2, 3});
  const ValueId x = model.Input("x", {model.batch, Model::N(3), Model::N(7)});
  const BatchNormalizationAttributes attributes;
  CHECK(model.Infer(model.Op(OpKind::BatchNormalization, {x, p, p, p, p}, attributes)) == "f32[batch, 3, 7]");
  SECTION("parameters of another length") {
    const ValueId two = model.Constant<float>("two", {2}, {1, 2});
    model.Op(OpKind::BatchNormalization, {x, p, p, two, p}, attributes);
    model.Fails(ErrorCode::shape_mismatch, {"\"two\" [2]", "[batch, 3, 7]"});
  }
  SECTION("no channels") {
    model.Op(OpKind::BatchNormalization, {p, p, p, p, p}, attributes);
    model.Fails(ErrorCode::shape_mismatch, {"[3]", "channel"});
  }
}

TEST_CASE("a node that should have gone at import is refused", "[ir]") {
  Model model;
  SECTION("Constant") {
    model.Op(OpKind::Constant, {});
    model.Fails(ErrorCode::model_invalid_graph, {"initializer"});
  }
  SECTION("If") {
    model.Op(OpKind::If, {model.Input("a", {})});
    model.Fails(ErrorCode::model_invalid_graph, {"branches"});
  }
  SECTION("Loop") {
    model.Op(OpKind::Loop, {model.Input("a", {}), model.Input("b", {})});
    model.Fails(ErrorCode::model_invalid_graph, {"iterations"});
  }
}

TEST_CASE("sizes beyond what a tensor may have are refused", "[ir]") {
  const std::int64_t big = std::int64_t{1} << 27;
  Model model;
  SECTION("by broadcasting") {
    model.Op(OpKind::Add, {model.Input("a", {big, 1}), model.Input("b", {1, big})});
    model.Fails(ErrorCode::model_limit, {"134217728, 134217728"});
  }
  SECTION("by one element") {
    const std::int64_t half = std::int64_t{1} << 14;
    model.Op(OpKind::Add, {model.Input("a", {half, 1}), model.Input("b", {1, half})});
    model.Fails(ErrorCode::model_limit, {"is beyond 268435455 elements"});
  }
  SECTION("in the dims of a Reshape") {
    const std::int64_t huge = std::int64_t{1} << 40;
    model.Op(OpKind::Reshape, {model.Input("x", {1})}, ReshapeAttributes{Shape{huge, huge, -1}, false});
    model.Fails(ErrorCode::model_limit, {"64 bits"});
  }
  SECTION("in a graph input") {
    model.Input("x", {big, big});
    CHECK(InferShapes(model.graph).error()->code == ErrorCode::model_limit);
  }
}

}  // namespace
}  // namespace alice
