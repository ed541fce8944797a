#include "ir/shape_product.h"

#include <catch2/catch.hpp>

#include "ir/shape_rule_model.h"

namespace alice {
namespace {

using Model = ShapeRuleModel;

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

}  // namespace
}  // namespace alice
