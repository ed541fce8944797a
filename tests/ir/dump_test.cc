#include "ir/dump.h"

#include <catch2/catch.hpp>

#include "ir/graph_builder.h"
#include "ir/shape_inference.h"

namespace alice {
namespace {

TEST_CASE("Dump writes a line for each input, node and output", "[ir]") {
  GraphBuilder model;
  const ValueId x = model.Input("x", {model.Symbol("batch"), Dim::Known(2)});
  const ValueId w = model.Constant<float>("w", {2, 3}, {1, 2, 3, 4, 5, 6});
  const ValueId q = model.Constant<std::int8_t>("q", {2, 3}, {1, 2, 3, 4, 5, 6});
  const ValueId s = model.Constant<float>("s", {3}, {1, 1, 1});
  const ValueId h = model.Op(OpKind::Gemm, {x, w, kNoValue}, GemmAttributes{}, "fc");
  model.node(0).activation = {ActivationKind::clip, 0.0f, 0.0f, 6.0f};
  model.node(0).quantized = QuantizedForm{{}, q, s};
  const ValueId g = model.Op(OpKind::Gemm, {w, h}, GemmAttributes{0.5f, 1.0f, false, true}, "g");
  const ValueId r = model.Op(OpKind::Reshape, {g}, ReshapeAttributes{Shape{0, -1}, false}, "r");
  const ValueId l = model.Op(OpKind::LeakyRelu, {r}, Activation{ActivationKind::leaky_relu, 0.25f}, "l");
  const ValueId y = model.Op(OpKind::Softmax, {l}, SoftmaxAttributes{1, true}, "y");
  const std::vector<ValueId> d = model.Nodes(OpKind::DynamicQuantizeLinear, {y}, 3, {}, "d");
  model.Output(y);
  model.Output(d[1]);
  REQUIRE(InferShapes(model.graph).ok());
  CHECK(Dump(model.graph) ==
        "graph test, operator set 17\n"
        "input %x: f32[batch, 2]\n"
        "%fc = Gemm(%x, w[2, 3], -) + clip(low=0, high=6) → f32[batch, 3]   # fc, int8 symmetric per-channel, u8 "
        "asymmetric per-tensor dynamic\n"
        "%g = Gemm(w[2, 3], %fc; alpha=0.5, trans_b) → f32[2, batch]   # g\n"
        "%r = Reshape(%g; dims=[0, -1]) → f32[2, batch]   # r\n"
        "%l = LeakyRelu(%r; alpha=0.25) → f32[2, batch]   # l\n"
        "%y = Softmax(%l; axis=1, flatten_from_axis) → f32[2, batch]   # y\n"
        "%d:0, %d:1, %d:2 = DynamicQuantizeLinear(%y) → u8[2, batch], f32[], u8[]   # d\n"
        "output %y: f32[2, batch]\n"
        "output %d:1: f32[]\n");
}

}  // namespace
}  // namespace alice
