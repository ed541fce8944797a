#include "catch2/catch.hpp"

#include "ir/dump.h"
#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "ir/verify.h"
#include "onnx/import_checks.h"
#include "onnx/writer.h"

namespace alice {
namespace {

ModelBuilder WithList(const std::string& op, const std::vector<std::int64_t>& list, std::int64_t opset) {
  ModelBuilder model = OneNode({op, {"x", "list"}, {"y"}, {}, "n"}, opset);
  model.Initializer(Int64Tensor("list", list));
  return model;
}

ModelBuilder Recurrent(const std::string& op, std::vector<std::string> attributes) {
  ModelBuilder model;
  model.Opset(17).Input("x", {1, 1, 4}).Add({op, {"x", "w", "r"}, {"", "y"}, std::move(attributes), "n"});
  model.Initializer(FloatTensor("w", {1, 4, 4}, std::vector<float>(16)));
  model.Initializer(FloatTensor("r", {1, 4, 4}, std::vector<float>(16)));
  return model.Output("y");
}

}  // namespace

TEST_CASE("reductions have their axes as an attribute, later as an input", "[onnx]") {
  const TestNode by_attribute{
      "ReduceMean", {"x"}, {"y"}, {IntsAttribute("axes", {1}), IntAttribute("keepdims", 0)}, "n"};
  const auto old = AttributesOf<ReduceAttributes>(OneNode(by_attribute, 13));
  CHECK(old.axes == Shape{1});
  CHECK_FALSE(old.keep_dims);
  CHECK(AttributesOf<ReduceAttributes>(WithList("ReduceMean", {-1}, 18)).axes == Shape{-1});
  CHECK(AttributesOf<ReduceAttributes>(WithList("ReduceSum", {0, 1}, 13)).axes == Shape{0, 1});
  CHECK(AttributesOf<ReduceAttributes>(WithList("ReduceSum", {}, 13)).axes.rank() == 0);
  const TestNode noop{"ReduceSum", {"x"}, {"y"}, {IntAttribute("noop_with_empty_axes", 1)}, "n"};
  CHECK(AttributesOf<ReduceAttributes>(OneNode(noop, 13)).noop_without_axes);
  CheckRefused(OneNode(by_attribute, 18), ErrorCode::model_unsupported_attribute,
               "the attribute \"axes\" of ReduceMean \"n\" is not supported");
  CheckRefused(OneNode({"ReduceMean", {"x", "x"}, {"y"}, {}, "n"}, 18), ErrorCode::shape_unresolved,
               "ReduceMean \"n\" takes its axes from \"x\", which is not a constant");
}

TEST_CASE("TopK has k as an attribute, later as an input", "[onnx]") {
  CHECK(AttributesOf<TopKAttributes>(OneNode({"TopK", {"x"}, {"y"}, {IntAttribute("k", 2)}, "n"}, 9)).k == 2);
  CHECK(AttributesOf<TopKAttributes>(WithList("TopK", {3}, 11)).k == 3);
  CheckRefused(WithList("TopK", {-1}, 11), ErrorCode::model_invalid_graph,
               "TopK \"n\" has the k [-1] instead of one number");
  CheckRefused(OneNode({"TopK", {"x"}, {"y"}, {}, "n"}), ErrorCode::model_invalid_graph,
               "TopK \"n\" has the k [] instead of one number");
}

TEST_CASE("recurrent operators name their activations", "[onnx]") {
  const auto lstm = AttributesOf<RecurrentAttributes>(Recurrent("LSTM", {IntAttribute("input_forget", 1)}));
  CHECK(lstm.activations[0][0].kind == ActivationKind::sigmoid);
  CHECK(lstm.activations[0][2].kind == ActivationKind::tanh);
  CHECK(lstm.input_forget);
  CHECK_FALSE(lstm.clip);
  const auto both = AttributesOf<RecurrentAttributes>(Recurrent(
      "RNN", {StringsAttribute("activations", {"Relu", "LeakyRelu"}), FloatsAttribute("activation_alpha", {0.5f}),
              StringAttribute("direction", "bidirectional"), FloatAttribute("clip", 2.0f)}));
  CHECK(both.activations[0][0].kind == ActivationKind::relu);
  CHECK(both.activations[1][0] == Activation{.kind = ActivationKind::leaky_relu, .alpha = 0.5f});
  CHECK(both.clip == 2.0f);
  CheckRefused(Recurrent("GRU", {StringsAttribute("activations", {"Sigmoid", "Sine"})}),
               ErrorCode::model_unsupported_attribute, "the activation \"Sine\" of GRU \"n\" is not supported");
  CheckRefused(Recurrent("GRU", {StringsAttribute("activations", {"Sigmoid"})}), ErrorCode::model_invalid_graph,
               "GRU \"n\" names 1 activations instead of 2");
}

TEST_CASE("what is written of reductions, recurrent operators and normalizations is read as it was", "[onnx]") {
  GraphBuilder builder;
  const Dim batch = builder.Symbol("batch");
  const ValueId x = builder.Input("x", {batch, Dim::Known(4), Dim::Known(6)});
  const ValueId channels = builder.Constant<float>("channels", {4}, {1, 2, 3, 4});
  const ValueId row = builder.Constant<float>("row", {6}, {1, 2, 3, 4, 5, 6});
  const ValueId w = builder.Constant<float>("w", {2, 8, 6}, std::vector<float>(96, 0.5f));
  const ValueId r = builder.Constant<float>("r", {2, 8, 2}, std::vector<float>(32, 0.5f));
  const ValueId filters = builder.Constant<float>("filters", {4, 3, 2}, std::vector<float>(24, 0.5f));
  builder.Op(OpKind::ReduceSum, {x}, ReduceAttributes{.axes = {1}, .keep_dims = false});
  builder.Op(OpKind::ReduceSum, {x}, ReduceAttributes{.axes = {}, .noop_without_axes = true});
  builder.Op(OpKind::ReduceLogSumExp, {x}, ReduceAttributes{.axes = {-1, 1}});
  builder.Op(OpKind::ArgMin, {x}, ArgAttributes{.axis = 2, .keep_dims = false, .select_last = true});
  builder.Nodes(OpKind::TopK, {x}, 2, TopKAttributes{.k = 3, .axis = 1, .largest = false});
  RecurrentAttributes lstm;
  lstm.direction = RecurrentDirection::bidirectional;
  lstm.clip = 3.0f;
  lstm.hidden = 2;
  lstm.input_forget = true;
  lstm.activations[0] = {Activation{ActivationKind::sigmoid}, Activation{ActivationKind::tanh},
                         Activation{ActivationKind::relu}};
  lstm.activations[1] = lstm.activations[0];
  builder.Nodes(OpKind::LSTM, {x, w, r}, 3, lstm);
  ConvTransposeAttributes up;
  up.window.strides = {2};
  up.output_padding = {1};
  builder.Op(OpKind::ConvTranspose, {x, filters}, up);
  builder.Op(OpKind::InstanceNormalization, {x, channels, channels}, NormalizationAttributes{.epsilon = 0.5f});
  builder.Op(OpKind::LayerNormalization, {x, row}, NormalizationAttributes{.axis = 2});
  builder.Op(OpKind::LRN, {x}, LrnAttributes{.alpha = 0.5f, .beta = 2, .bias = 3, .size = 5});
  builder.Op(OpKind::LpNormalization, {x}, LpNormalizationAttributes{.axis = 1, .p = 1});
  builder.Op(OpKind::MeanVarianceNormalization, {x}, MeanVarianceAttributes{{1, 2}});
  for (const bool has_groups : {false, true}) {
    if (has_groups) {
      builder.graph.opset = kWrittenOpsetOfCodes;
      builder.Op(OpKind::GroupNormalization, {x, channels, channels}, NormalizationAttributes{.groups = 2});
    }
    builder.graph.outputs.clear();
    for (const Node& node : builder.graph.nodes) builder.Output(node.outputs[0]);
    REQUIRE(Verify(builder.graph).ok());
    REQUIRE(InferShapes(builder.graph).ok());
    const auto bytes = WriteOnnx(builder.graph);
    REQUIRE(bytes.ok());
    ReadModel read(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
    INFO((read.graph.ok() ? "" : read.graph.error().message));
    REQUIRE(read.graph.ok());
    REQUIRE(InferShapes(*read.graph).ok());
    CHECK(Dump(*read.graph) == Dump(builder.graph));
  }
}

}  // namespace alice
