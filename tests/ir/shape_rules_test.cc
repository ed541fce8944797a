#include "ir/shape_rules.h"

#include <catch2/catch.hpp>

#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "ir/verify.h"

namespace alice {
namespace {

struct Model : GraphBuilder {
  Dim batch = Symbol("batch");

  static Dim N(std::int64_t size) { return Dim::Known(size); }

  /// The type that inference gives `id`.
  std::string Infer(ValueId id) {
    Output(id);
    REQUIRE(Verify(graph).ok());
    const Status status = InferShapes(graph);
    if (!status.ok()) return "error: " + status.error().message;
    return TypeOf(id);
  }
  /// Inference fails with that code and a message that holds each of `parts`; it names the last node.
  void Fails(ErrorCode code, const std::vector<std::string>& parts) {
    REQUIRE(Verify(graph).ok());
    const Status status = InferShapes(graph);
    REQUIRE_FALSE(status.ok());
    CHECK(ErrorCodeName(status.error().code) == ErrorCodeName(code));
    CHECK(status.error().node == graph.nodes.back().name);
    CHECK_THAT(status.error().message, Catch::Matchers::Contains(graph.nodes.back().name));
    for (const std::string& part : parts) CHECK_THAT(status.error().message, Catch::Matchers::Contains(part));
  }
};

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

TEST_CASE("shape of Gemm", "[ir]") {
  for (const bool trans_a : {false, true}) {
    for (const bool trans_b : {false, true}) {
      Model model;
      const Dim k = Model::N(3);
      const Dim n = Model::N(5);
      const ValueId a = model.Input("a", trans_a ? std::vector{k, model.batch} : std::vector{model.batch, k});
      const ValueId b = model.Input("b", trans_b ? std::vector{n, k} : std::vector{k, n});
      const GemmAttributes attributes{1.0f, 1.0f, trans_a, trans_b};
      CHECK(model.Infer(model.Op(OpKind::Gemm, {a, b}, attributes)) == "f32[batch, 5]");
      for (const std::vector<Dim>& c :
           {std::vector<Dim>{}, {Model::N(1)}, {n}, {Model::N(1), n}, {model.batch, Model::N(1)}, {model.batch, n}}) {
        const ValueId c_id = model.Input("c", c);
        CHECK(model.Infer(model.Op(OpKind::Gemm, {a, b, c_id}, attributes)) == "f32[batch, 5]");
      }
    }
  }
}

TEST_CASE("Gemm errors name the shapes", "[ir]") {
  Model model;
  const ValueId a = model.Input("a", {2, 3});
  const ValueId b = model.Input("b", {4, 5});
  SECTION("K differs") {
    model.Op(OpKind::Gemm, {a, b}, GemmAttributes{});
    model.Fails(ErrorCode::shape_mismatch, {"A [2, 3]", "B [4, 5]"});
  }
  SECTION("K differs after a transpose") {
    model.Op(OpKind::Gemm, {a, b}, GemmAttributes{1.0f, 1.0f, true, true});
    model.Fails(ErrorCode::shape_mismatch, {"A [2, 3] transposed", "B [4, 5] transposed"});
  }
  SECTION("rank") {
    model.Op(OpKind::Gemm, {a, model.Input("v", {3})}, GemmAttributes{});
    model.Fails(ErrorCode::shape_mismatch, {"A [2, 3]", "B [3]", "rank 2"});
  }
  SECTION("C does not broadcast") {
    model.Op(OpKind::Gemm, {a, model.Input("w", {3, 5}), model.Input("c", {3})}, GemmAttributes{});
    model.Fails(ErrorCode::shape_mismatch, {"C [3]", "[2, 5]"});
  }
  SECTION("C would widen the product") {
    model.Op(OpKind::Gemm, {model.Input("row", {1, 3}), model.Input("w", {3, 5}), a}, GemmAttributes{});
    model.Fails(ErrorCode::shape_mismatch, {"C [2, 3]", "[1, 5]"});
  }
  SECTION("C of rank 3") {
    model.Op(OpKind::Gemm, {a, model.Input("w", {3, 5}), model.Input("c", {1, 2, 5})}, GemmAttributes{});
    model.Fails(ErrorCode::shape_mismatch, {"C [1, 2, 5]", "[2, 5]"});
  }
  SECTION("type") {
    model.Op(OpKind::Gemm, {a, model.Input("i", {3, 5}, DType::s8)}, GemmAttributes{});
    model.Fails(ErrorCode::model_unsupported_type, {"\"i\" is s8"});
  }
}

TEST_CASE("shape of MatMul", "[ir]") {
  Model model;
  const ValueId b = model.Input("b", {3, 5});
  CHECK(model.Infer(model.Op(OpKind::MatMul, {model.Input("a", {model.batch, Model::N(3)}), b})) == "f32[batch, 5]");
  const ValueId deep = model.Input("deep", {model.batch, Model::N(7), Model::N(3)});
  CHECK(model.Infer(model.Op(OpKind::MatMul, {deep, b})) == "f32[batch, 7, 5]");
  CHECK(model.Infer(model.Op(OpKind::MatMul, {model.Input("v", {3}), b})) == "f32[5]");
  SECTION("K differs") {
    model.Op(OpKind::MatMul, {model.Input("x", {2, 4}), b});
    model.Fails(ErrorCode::shape_mismatch, {"[2, 4]", "[3, 5]"});
  }
  SECTION("no axis") {
    model.Op(OpKind::MatMul, {model.Input("x", std::vector<Dim>{}), b});
    model.Fails(ErrorCode::shape_mismatch, {"A []", "[3, 5]"});
  }
  SECTION("batches") {
    const ValueId two = model.Input("two", {2, 3, 5});
    const ValueId four = model.Input("four", {4, 1, 7, 3});
    CHECK(model.Infer(model.Op(OpKind::MatMul, {four, two})) == "f32[4, 2, 7, 5]");
    CHECK(model.Infer(model.Op(OpKind::MatMul, {model.Input("row", {3}), two})) == "f32[2, 5]");
    CHECK(model.Infer(model.Op(OpKind::MatMul, {deep, model.Input("column", {3})})) == "f32[batch, 7]");
  }
  SECTION("batches that do not broadcast") {
    model.Op(OpKind::MatMul, {deep, model.Input("x", {2, 3, 5})});
    model.Fails(ErrorCode::shape_mismatch, {"[batch]", "[2]", "do not broadcast"});
  }
}

TEST_CASE("shapes of the quantized operators", "[ir]") {
  Model model;
  const ValueId x = model.Input("x", {model.batch, Model::N(3)});
  const std::vector<ValueId> q = model.Nodes(OpKind::DynamicQuantizeLinear, {x}, 3);
  const ValueId w = model.Constant<std::int8_t>("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  CHECK(model.Infer(model.Op(OpKind::MatMulInteger, {q[0], w, q[2]})) == "i32[batch, 2]");
  CHECK(model.TypeOf(q[0]) == "u8[batch, 3]");
  CHECK(model.TypeOf(q[1]) == "f32[]");
  CHECK(model.TypeOf(q[2]) == "u8[]");
  SECTION("float weights") {
    model.Op(OpKind::MatMulInteger, {q[0], x});
    model.Fails(ErrorCode::model_unsupported_type, {"\"x\" is f32", "u8 or s8"});
  }
  SECTION("zero point of another type") {
    model.Op(OpKind::MatMulInteger, {q[0], w, kNoValue, q[2]});
    model.Fails(ErrorCode::model_unsupported_type, {"is u8", "must be s8"});
  }
  SECTION("K differs") {
    model.Op(OpKind::MatMulInteger, {q[0], model.Input("w2", {4, 2}, DType::s8)});
    model.Fails(ErrorCode::shape_mismatch, {"[batch, 3]", "[4, 2]"});
  }
  SECTION("quantizing integers") {
    model.Nodes(OpKind::DynamicQuantizeLinear, {w}, 3);
    model.Fails(ErrorCode::model_unsupported_type, {"\"w\" is s8"});
  }
}

TEST_CASE("shapes of zero points and scales of a product", "[ir]") {
  Model model;
  const ValueId a = model.Input("a", {2, 4, 3}, DType::u8);
  const ValueId b = model.Input("b", {2, 3, 5}, DType::s8);
  const auto product = [&](std::initializer_list<std::int64_t> a_zero, std::initializer_list<std::int64_t> b_zero) {
    return model.Op(OpKind::MatMulInteger,
                    {a, b, model.Input("za", a_zero, DType::u8), model.Input("zb", b_zero, DType::s8)});
  };
  CHECK(model.Infer(product({}, {})) == "i32[2, 4, 5]");
  CHECK(model.Infer(product({4}, {5})) == "i32[2, 4, 5]");
  CHECK(model.Infer(product({2, 4, 1}, {2, 1, 5})) == "i32[2, 4, 5]");
  SECTION("per column of A") {
    product({3}, {});
    model.Fails(ErrorCode::shape_mismatch, {"\"za\" [3]", "row of \"a\" [2, 4, 3]"});
  }
  SECTION("per row of B") {
    product({}, {2, 3, 1});
    model.Fails(ErrorCode::shape_mismatch, {"\"zb\" [2, 3, 1]", "column of \"b\" [2, 3, 5]"});
  }
}

TEST_CASE("shape of QLinearMatMul", "[ir]") {
  Model model;
  const auto real = [&](std::string name, std::initializer_list<std::int64_t> sizes) {
    return model.Input(std::move(name), sizes);
  };
  const auto code = [&](std::string name, std::initializer_list<std::int64_t> sizes, DType dtype = DType::u8) {
    return model.Input(std::move(name), sizes, dtype);
  };
  const ValueId a = code("a", {2, 3});
  const ValueId b = code("b", {3, 5}, DType::s8);
  const ValueId s = real("s", {});
  const ValueId z = code("z", {1});
  CHECK(model.Infer(model.Op(OpKind::QLinearMatMul, {a, s, z, b, real("sb", {5}), code("zb", {5}, DType::s8), s,
                                                     code("zy", {}, DType::s8)})) == "s8[2, 5]");
  SECTION("scale and zero point of different shapes") {
    model.Op(OpKind::QLinearMatMul, {a, real("rows", {2}), z, b, s, code("zs", {}, DType::s8), s, z});
    model.Fails(ErrorCode::shape_mismatch, {"\"rows\" [2]", "\"z\" [1]", "differ"});
  }
  SECTION("a result per column") {
    model.Op(OpKind::QLinearMatMul, {a, s, z, b, s, code("zs", {}, DType::s8), real("sy", {5}), code("zy5", {5})});
    model.Fails(ErrorCode::model_unsupported_operator, {"\"sy\" [5]", "whole tensor"});
  }
  SECTION("a zero point of another type") {
    model.Op(OpKind::QLinearMatMul, {a, s, z, b, s, z, s, z});
    model.Fails(ErrorCode::model_unsupported_type, {"\"z\" is u8", "must be s8"});
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
    CHECK(InferShapes(model.graph).error().code == ErrorCode::model_limit);
  }
}

}  // namespace
}  // namespace alice
