// Shape rules of the operators on codes: blocks, 4 bits, FP8, and ONNX Runtime's own products.
#include <catch2/catch.hpp>

#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "ir/verify.h"

namespace alice {
namespace {

struct Model : GraphBuilder {
  std::string Infer() {
    REQUIRE(Verify(graph).ok());
    const Status status = InferShapes(graph);
    return status.ok() ? TypeOf(graph.nodes.back().outputs[0])
                       : std::string(ErrorCodeName(status.error().code)) + ": " + status.error().message;
  }
  template <typename T>
  ValueId Zeros(const std::string& name, const Shape& shape) {
    return Constant<T>(name, shape, std::vector<T>(static_cast<std::size_t>(shape.elements())));
  }
  void Fails(const std::string& code, const std::string& part) {
    const std::string said = Infer();
    CHECK_THAT(said, Catch::Matchers::StartsWith(code + ": ") && Catch::Matchers::Contains(part));
  }
};

}  // namespace

TEST_CASE("blocks of DequantizeLinear are counted along its axis", "[ir]") {
  Model model;
  DequantizeLinearAttributes blocks{.axis = 0, .block_size = 2};
  ValueId codes = model.Zeros<S4>("codes", {5, 3});
  ValueId scales = model.Zeros<float>("scales", {3, 3});
  ValueId zero_points = kNoValue;
  const auto build = [&] { model.Op(OpKind::DequantizeLinear, {codes, scales, zero_points}, blocks); };
  SECTION("the last one is shorter") {
    build();
    CHECK(model.Infer() == "f32[5, 3]");
  }
  SECTION("the last axis, counted from the end") {
    blocks.axis = -1;
    scales = model.Zeros<float>("s", {5, 2});
    zero_points = model.Zeros<S4>("z", {5, 2});
    build();
    CHECK(model.Infer() == "f32[5, 3]");
  }
  SECTION("too few scales") {
    scales = model.Zeros<float>("few", {2, 3});
    build();
    model.Fails("shape_mismatch", "\"few\" is [2, 3]; blocks of 2 along axis 0 of [5, 3] ask for [3, 3]");
  }
  SECTION("zero points of another shape") {
    zero_points = model.Zeros<S4>("z", {3});
    build();
    model.Fails("shape_mismatch", "\"z\" is [3]");
  }
  SECTION("zero points of another type") {
    zero_points = model.Zeros<U4>("z", {3, 3});
    build();
    model.Fails("model_unsupported_type", "\"z\" is u4; it must be s4");
  }
  SECTION("an axis that is not there") {
    blocks.axis = 2;
    build();
    model.Fails("shape_mismatch", "axis 2");
  }
  SECTION("computed scales") {
    scales = model.Input("computed", {3, 3});
    build();
    model.Fails("model_unsupported_type", "\"computed\" is computed");
  }
  SECTION("computed codes of 8 bits") {
    codes = model.Input("computed", {5, 3}, DType::s8);
    build();
    model.Fails("model_unsupported_type", "\"computed\" is computed");
  }
}

TEST_CASE("MatMulNBits holds its constants to what its attributes say", "[ir]") {
  Model model;
  MatMulNBitsAttributes attributes{.k = 40, .n = 3, .block_size = 16};
  ValueId a = model.Input("a", {model.Symbol("batch"), Dim::Known(7), Dim::Known(40)});
  ValueId codes = model.Zeros<std::uint8_t>("codes", {3, 3, 8});
  ValueId scales = model.Zeros<float>("scales", {9});
  ValueId zero_points = model.Zeros<std::uint8_t>("zero_points", {6});
  ValueId bias = model.Zeros<float>("bias", {3});
  const auto build = [&] {
    model.Op(OpKind::MatMulNBits, {a, codes, scales, zero_points, kNoValue, bias}, attributes);
  };
  SECTION("sound") {
    build();
    CHECK(model.Infer() == "f32[batch, 7, 3]");
  }
  SECTION("A of another width") {
    a = model.Input("wide", {2, 41});
    build();
    model.Fails("shape_mismatch", "A [2, 41] does not multiply with weights of K = 40");
  }
  SECTION("no K") {
    attributes.k = 0;
    build();
    model.Fails("model_invalid_graph", "K = 0");
  }
  SECTION("an N beyond all tensors") {
    attributes.n = std::int64_t{1} << 62;
    build();
    model.Fails("model_invalid_graph", "N = 4611686018427387904");
  }
  SECTION("a size of blocks that is no power of 2") {
    attributes.block_size = 24;
    build();
    model.Fails("model_invalid_graph", "blocks of 24");
  }
  SECTION("codes, scales, zero points or biases that are too few") {
    const std::string which = GENERATE("codes", "scales", "zero_points", "bias");
    if (which == "codes") codes = model.Zeros<std::uint8_t>("less", {3, 3, 7});
    if (which == "scales") scales = model.Zeros<float>("less", {8});
    if (which == "zero_points") zero_points = model.Zeros<std::uint8_t>("less", {5});
    if (which == "bias") bias = model.Zeros<float>("less", {2});
    build();
    model.Fails("shape_mismatch", "\"less\"");
  }
  SECTION("computed codes") {
    codes = model.Input("computed", {3, 3, 8}, DType::u8);
    build();
    model.Fails("model_unsupported_type", "\"computed\" is computed");
  }
  SECTION("zero points in float") {
    zero_points = model.Zeros<float>("z", {9});
    build();
    model.Fails("model_unsupported_type", "\"z\" is f32; it must be u8");
  }
}

TEST_CASE("QGemm gives codes, or floats where the result has no scale", "[ir]") {
  Model model;
  GemmAttributes attributes;
  ValueId b = model.Zeros<std::int8_t>("b", {4, 3});
  ValueId b_scale = model.Zeros<float>("bs", {3});
  ValueId b_zero = model.Zeros<std::int8_t>("bz", {3});
  ValueId c = model.Zeros<std::int32_t>("c", {3});
  const ValueId a = model.Input("a", {model.Symbol("batch"), Dim::Known(4)}, DType::u8);
  const ValueId scale = model.Zeros<float>("s", {});
  const ValueId zero = model.Zeros<std::uint8_t>("z", {});
  std::vector<ValueId> result = {scale, zero};
  const auto build = [&] {
    std::vector<ValueId> inputs = {a, scale, zero, b, b_scale, b_zero, c};
    inputs.insert(inputs.end(), result.begin(), result.end());
    model.Op(OpKind::QGemm, inputs, attributes);
  };
  SECTION("codes") {
    build();
    CHECK(model.Infer() == "u8[batch, 3]");
  }
  SECTION("floats, B transposed, without C") {
    attributes.trans_b = true;
    b = model.Zeros<std::int8_t>("bt", {3, 4});
    c = kNoValue;
    result = {};
    build();
    CHECK(model.Infer() == "f32[batch, 3]");
  }
  SECTION("widths that differ") {
    b = model.Zeros<std::int8_t>("deep", {5, 3});
    build();
    model.Fails("shape_mismatch", "A [batch, 4] and B [5, 3] do not multiply");
  }
  SECTION("a computed B") {
    b = model.Input("computed", {4, 3}, DType::s8);
    build();
    model.Fails("shape_mismatch", "B is no constant");
  }
  SECTION("too many scales") {
    b_scale = model.Zeros<float>("many", {4});
    build();
    model.Fails("shape_mismatch", "\"many\" is [4]");
  }
  SECTION("scales and zero points that differ") {
    b_scale = model.Zeros<float>("one", {});
    build();
    model.Fails("shape_mismatch", "differ in shape");
  }
  SECTION("a C that is no row") {
    c = model.Zeros<std::int32_t>("column", {4});
    build();
    model.Fails("shape_mismatch", "C [4] is no constant row of 3");
  }
}

}  // namespace alice
