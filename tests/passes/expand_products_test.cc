// ONNX Runtime's own products, expanded: the same graph as somebody would write in standard operators.
#include <catch2/catch.hpp>

#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "ir/verify.h"
#include "passes/pipeline.h"
#include "passes/qdq.h"

namespace alice {
namespace {

/// K = 18 in blocks of 16, N = 2: the codes of column 0 are 0 … 15, 0, 1, those of column 1 the other way round. The rest
/// of the last block is padding.
struct NBitsModel : GraphBuilder {
  ValueId x = Input("x", {Symbol("batch"), Dim::Known(18)});
  ValueId codes =
      Constant<std::uint8_t>("codes", {2, 2, 8}, {0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE, 0x10, 0xFF, 0xFF,
                                                  0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xEF, 0xCD, 0xAB, 0x89, 0x67, 0x45,
                                                  0x23, 0x01, 0xEF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF});
  ValueId scales = Constant<float>("scales", {4}, {1, 10, 100, 1000});
  ValueId zero_points = kNoValue;
  MatMulNBitsAttributes attributes{.k = 18, .n = 2, .block_size = 16};

  Node& Optimized() {
    Output(Op(OpKind::MatMulNBits, {x, codes, scales, zero_points}, attributes, "dense"));
    REQUIRE(Optimize(graph, budget).ok());
    REQUIRE(Kinds() == "Gemm");
    return node(0);
  }
  /// The float weights in row `row`.
  std::vector<float> Row(const Node& gemm, std::size_t row) {
    const std::vector<float> weights = Elements<float>(gemm.inputs[1]);
    return {weights[2 * row], weights[2 * row + 1]};
  }
};

using Pair = std::vector<float>;

}  // namespace

TEST_CASE("MatMulNBits becomes a float product of what its codes stand for", "[passes]") {
  NBitsModel model;
  const Node& gemm = model.Optimized();
  CHECK_FALSE(gemm.quantized);
  CHECK(model.graph.value(gemm.inputs[1]).shape == SymbolicShape::Of(Shape{18, 2}));
  CHECK(model.Row(gemm, 0) == Pair{-8, 700});
  CHECK(model.Row(gemm, 15) == Pair{7, -800});
  CHECK(model.Row(gemm, 16) == Pair{-80, 7000});
  CHECK(model.Row(gemm, 17) == Pair{-70, 6000});
}

TEST_CASE("the zero points of MatMulNBits are two a byte, row by row", "[passes]") {
  NBitsModel model;
  model.zero_points = model.Constant<std::uint8_t>("z", {2}, {0x30, 0xF8});
  const Node& gemm = model.Optimized();
  CHECK(model.Row(gemm, 0) == Pair{0, 700});
  CHECK(model.Row(gemm, 15) == Pair{15, -800});
  CHECK(model.Row(gemm, 16) == Pair{-30, 0});
  CHECK(model.Row(gemm, 17) == Pair{-20, -1000});
}

TEST_CASE("MatMulNBits that allows 8 bits for A becomes int4 per group, symmetric where its zero points are 8",
          "[passes]") {
  NBitsModel model;
  model.attributes.quantizes_a = true;
  const bool symmetric = GENERATE(true, false);
  model.zero_points =
      model.Constant<std::uint8_t>("z", {2}, {0x88, static_cast<std::uint8_t>(symmetric ? 0xF8 : 0x08)});
  // The high half behind an odd number of blocks would be padding; here there are two.
  if (symmetric) model.zero_points = model.Constant<std::uint8_t>("z8", {2}, {0x88, 0x88});
  const Node& gemm = model.Optimized();
  REQUIRE(gemm.quantized);
  const WeightScheme expected{WeightType::int4, symmetric, Granularity::per_group, 16};
  CHECK(gemm.quantized->scheme == Scheme{expected, {}});
  CHECK(model.Elements<float>(gemm.quantized->scales) == std::vector<float>{1, 100, 10, 1000});
  // Codes minus 8, two a byte, row by row: (0, 15) is (−8, 7).
  CHECK(model.Elements<std::uint8_t>(gemm.quantized->weights)[0] == 0x78);
  CHECK(model.graph.value(gemm.inputs[0]).name == "x");
}

TEST_CASE("QGemm becomes a Gemm between its quantizers", "[passes]") {
  GraphBuilder model;
  const ValueId x = model.Input("x", {model.Symbol("batch"), Dim::Known(2)});
  const ValueId s = model.Constant<float>("s", {}, {0.5f});
  const ValueId z = model.Constant<std::uint8_t>("z", {}, {10});
  const ValueId q = model.Op(OpKind::QuantizeLinear, {x, s, z}, QuantizeLinearAttributes{});
  const ValueId b = model.Constant<std::int8_t>("b", {2, 2}, {1, 2, 3, 4});
  const ValueId bs = model.Constant<float>("bs", {2}, {2, 4});
  const ValueId bz = model.Constant<std::int8_t>("bz", {2}, {0, 0});
  const ValueId c = model.Constant<std::int32_t>("c", {2}, {100, -3});
  const ValueId y = model.Op(OpKind::QGemm, {q, s, z, b, bs, bz, c, s, z}, GemmAttributes{.trans_b = true}, "dense");
  model.Output(model.Op(OpKind::DequantizeLinear, {y, s, z}, DequantizeLinearAttributes{}));
  REQUIRE(Optimize(model.graph, model.budget).ok());
  REQUIRE(model.Kinds() == "Gemm QuantizeLinear DequantizeLinear");
  const Node& gemm = model.node(0);
  REQUIRE(gemm.quantized);
  CHECK(gemm.name == "dense");
  CHECK(gemm.quantized->input == QParams{0.5f, 10});
  CHECK(model.Elements<std::int8_t>(gemm.quantized->weights) == std::vector<std::int8_t>{1, 3, 2, 4});
  CHECK(model.Elements<float>(gemm.inputs[1]) == std::vector<float>{2, 12, 4, 16});
  CHECK(model.Elements<float>(gemm.inputs[2]) == std::vector<float>{100, -6});
}

}  // namespace alice
