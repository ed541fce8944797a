#include "ir/verify.h"

#include <catch2/catch.hpp>

#include "ir/graph_builder.h"

namespace alice {
namespace {

/// x [batch, 2] → Gemm → Relu → output.
struct Classifier : GraphBuilder {
  ValueId x = Input("x", {Symbol("batch"), Dim::Known(2)});
  ValueId w = Constant<float>("w", {2, 3}, {1, 2, 3, 4, 5, 6});
  ValueId b = Constant<float>("b", {3}, {1, 2, 3});
  ValueId h = Op(OpKind::Gemm, {x, w, b}, GemmAttributes{}, "fc");
  ValueId y = Relu(h);

  Classifier() { Output(y); }

  void Refuses(const std::string& part) {
    const Status status = Verify(graph);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::model_invalid_graph);
    CHECK_THAT(status.error().message, Catch::Matchers::Contains(part));
  }
};

TEST_CASE("Verify accepts a graph that keeps the rules", "[ir]") {
  Classifier model;
  CHECK(Verify(model.graph).ok());
  model.node(0).inputs[2] = kNoValue;
  CHECK(Verify(model.graph).ok());
  model.graph.value(model.w).constant->Release();
  CHECK(Verify(model.graph).ok());
}

TEST_CASE("Verify refuses ids out of range", "[ir]") {
  Classifier model;
  SECTION("input") {
    model.node(0).inputs[0] = 99;
    model.Refuses("Gemm \"fc\" has an input that is not there: id 99");
    CHECK(Verify(model.graph).error()->node == "fc");
  }
  SECTION("negative input") {
    model.node(0).inputs[0] = -2;
    model.Refuses("id -2");
  }
  SECTION("output") {
    model.node(0).outputs[0] = 99;
    model.Refuses("an output that is not there: id 99");
  }
  SECTION("graph input") {
    model.graph.inputs[0] = 99;
    model.Refuses("a graph input has the id 99");
  }
  SECTION("graph output") {
    model.graph.outputs[0] = kNoValue;
    model.Refuses("a graph output has the id -1");
  }
}

TEST_CASE("Verify refuses a value that is produced twice or never", "[ir]") {
  Classifier model;
  SECTION("by two nodes") {
    model.node(1).outputs = model.node(0).outputs;
    model.Refuses("\"fc\" is defined twice");
  }
  SECTION("by a node and a constant") {
    model.node(0).outputs[0] = model.b;
    model.Refuses("\"b\" is defined twice");
  }
  SECTION("as two graph inputs") {
    model.graph.inputs.push_back(model.x);
    model.Refuses("\"x\" is defined twice");
  }
  SECTION("as graph input and constant") {
    model.graph.inputs.push_back(model.w);
    model.Refuses("\"w\" is a graph input and a constant");
  }
  SECTION("never, but used") {
    model.graph.value(model.w).constant.reset();
    model.Refuses("Gemm \"fc\" uses \"w\" before it is defined");
  }
  SECTION("never, but a graph output") {
    model.graph.nodes.pop_back();
    model.Refuses("nothing produces the graph output \"Relu1\"");
  }
}

TEST_CASE("Verify refuses an order in which a use comes first, and so cycles", "[ir]") {
  Classifier model;
  SECTION("order") {
    std::swap(model.node(0), model.node(1));
    model.Refuses("Relu \"Relu1\" uses \"fc\" before it is defined");
  }
  SECTION("cycle of one") {
    model.node(1).inputs[0] = model.y;
    model.Refuses("uses \"Relu1\" before it is defined");
  }
}

TEST_CASE("Verify refuses a node that does not fit its operator", "[ir]") {
  Classifier model;
  SECTION("too few inputs") {
    model.node(0).inputs.resize(1);
    model.Refuses("Gemm \"fc\" has 1 inputs; it takes 2 to 3");
  }
  SECTION("too many inputs") {
    model.node(1).inputs.push_back(model.x);
    model.Refuses("Relu \"Relu1\" has 2 inputs; it takes 1 to 1");
  }
  SECTION("a required input left out") {
    model.node(0).inputs[1] = kNoValue;
    model.Refuses("Gemm \"fc\" lacks its required input 1");
  }
  SECTION("number of outputs") {
    model.node(0).outputs.clear();
    model.Refuses("has 0 outputs instead of 1");
  }
  SECTION("no name") {
    model.node(0).name.clear();
    model.Refuses("a node of the operator Gemm has no name");
  }
  SECTION("attributes of another operator") {
    model.node(0).attributes = FlattenAttributes{};
    model.Refuses("has the attributes of another operator");
  }
  SECTION("an activation of another kind") {
    model.node(1).attributes = Activation{ActivationKind::tanh};
    model.Refuses("has the attributes of another operator");
  }
}

TEST_CASE("Verify knows the attributes of every operator", "[ir]") {
  for (const OpInfo& op : AllOps()) {
    GraphBuilder model;
    const auto inputs = static_cast<std::size_t>(op.min_inputs);
    model.Nodes(op.kind, std::vector<ValueId>(inputs, model.Input("x", {2})), 1, CastAttributes{});
    CAPTURE(op.name);
    // A Dropout's are the type of its mask.
    CHECK(Verify(model.graph).ok() == (op.kind == OpKind::Cast || op.kind == OpKind::Dropout));
  }
}

TEST_CASE("Verify holds a constant to its dtype and shape", "[ir]") {
  Classifier model;
  SECTION("shape") {
    model.graph.value(model.w).shape = SymbolicShape::Of({3, 2});
    model.Refuses("the constant \"w\" is f32[2, 3] but its value says f32[3, 2]");
  }
  SECTION("dtype") {
    model.graph.value(model.b).dtype = DType::i32;
    model.Refuses("the constant \"b\" is f32[3] but its value says i32[3]");
  }
}

TEST_CASE("Verify refuses impossible shapes", "[ir]") {
  Classifier model;
  SECTION("rank") {
    model.graph.value(model.x).shape.dims.resize(kMaxRank + 1, Dim::Known(1));
    model.Refuses("\"x\" has rank 9");
  }
  SECTION("negative axis") {
    model.graph.value(model.x).shape.dims[0] = Dim::Known(-1);
    model.Refuses("an axis that is negative or an unknown symbol");
  }
  SECTION("unknown symbol") {
    model.graph.value(model.x).shape.dims[0] = Dim::Symbol(7);
    model.Refuses("an axis that is negative or an unknown symbol");
  }
}

TEST_CASE("Verify holds INT8 weights to the canonical Gemm", "[ir]") {
  Classifier model;
  const ValueId q = model.Constant<std::int8_t>("q", {2, 3}, {1, 2, 3, 4, 5, 6});
  const ValueId s = model.Constant<float>("s", {3}, {1, 1, 1});
  model.node(0).quantized = QuantizedForm{{}, q, s};
  CHECK(Verify(model.graph).ok());
  SECTION("weights that are no constant") {
    model.node(0).quantized->weights = model.x;
    model.Refuses("quantized weights, scales or zero points that are not constants");
  }
  SECTION("scales of another length") {
    model.node(0).quantized->scales = model.Constant<float>("s2", {2}, {1, 1});
    model.Refuses("quantized scales f32[2] instead of 3 f32");
  }
  SECTION("weights of another type") {
    model.node(0).quantized->weights = model.w;
    model.Refuses("quantized weights f32[2, 3] instead of 6 s8");
  }
  SECTION("a scheme that is refused") {
    model.node(0).quantized->scheme.weights = {WeightType::fp8e4m3, false};
    model.Refuses("weightScheme is \"asymmetric\"");
  }
  SECTION("a zero point of symmetric weights") {
    model.node(0).quantized->zero_points = q;
    model.Refuses("has zero points of its quantized weights");
  }
  SECTION("asymmetric weights without a zero point") {
    model.node(0).quantized->scheme.weights.symmetric = false;
    model.Refuses("lacks the zero points");
  }
  SECTION("another operator") {
    model.node(1).quantized = QuantizedForm{{}, q, s};
    model.Refuses("Relu \"Relu1\" cannot have quantized weights");
  }
  SECTION("a Gemm with alpha") {
    model.node(0).attributes = GemmAttributes{2.0f};
    model.Refuses("is not in the form");
  }
}

}  // namespace
}  // namespace alice
