#include "onnx/import_ops.h"

#include <array>

#include "catch2/catch.hpp"

#include "onnx/import_checks.h"

namespace alice {
namespace {

TestNode Unary(const std::string& op, std::vector<std::string> attributes = {}) {
  return {op, {"x"}, {"y"}, std::move(attributes), "n"};
}

ModelBuilder ReshapeModel(const std::vector<std::int64_t>& dims) {
  ModelBuilder model = OneNode({"Reshape", {"x", "shape"}, {"y"}, {}, "n"});
  model.Initializer(Int64Tensor("shape", dims));
  return model;
}

}  // namespace

TEST_CASE("QuantizeLinear and DequantizeLinear take an axis, the latter blocks too", "[onnx]") {
  const auto model = [](const std::string& op, std::vector<std::string> attributes, std::int64_t opset = 21) {
    ModelBuilder builder = OneNode({op, {"x", "scale"}, {"y"}, std::move(attributes), "n"}, opset);
    builder.Initializer(FloatTensor("scale", {}, {1.0f}));
    return builder;
  };
  CHECK(AttributesOf<DequantizeLinearAttributes>(model("DequantizeLinear", {}, 10)).axis == 1);
  CHECK(AttributesOf<DequantizeLinearAttributes>(model("DequantizeLinear", {IntAttribute("axis", -1)})).axis == -1);
  const auto plain = AttributesOf<QuantizeLinearAttributes>(model("QuantizeLinear", {}, 10));
  CHECK(plain.axis == 1);
  CHECK_FALSE(plain.to);
  const auto full = AttributesOf<QuantizeLinearAttributes>(
      model("QuantizeLinear", {IntAttribute("axis", 0), IntAttribute("output_dtype", 3), IntAttribute("block_size", 0),
                               IntAttribute("saturate", 1)}));
  CHECK(full.axis == 0);
  CHECK(full.to == DType::s8);
  const auto blocks =
      AttributesOf<DequantizeLinearAttributes>(model("DequantizeLinear", {IntAttribute("block_size", 32)}));
  CHECK(blocks.axis == 1);
  CHECK(blocks.block_size == 32);
  CheckRefused(model("DequantizeLinear", {IntAttribute("block_size", -1)}), ErrorCode::model_invalid_graph,
               "DequantizeLinear \"n\" has blocks of -1");
  CheckRefused(model("DequantizeLinear", {IntAttribute("output_dtype", 10)}), ErrorCode::model_unsupported_type,
               "the result of DequantizeLinear \"n\" is to be FLOAT16, only FLOAT is supported");
  CheckRefused(model("QuantizeLinear", {IntAttribute("block_size", 32)}), ErrorCode::model_unsupported_attribute,
               "the attribute \"block_size\" of QuantizeLinear \"n\" is 32; only 0 is supported");
  CheckRefused(model("QuantizeLinear", {IntAttribute("output_dtype", 17)}), ErrorCode::model_unsupported_type,
               "the result of QuantizeLinear \"n\" has the element type FLOAT8E4M3FN, which is not supported");
  CheckRefused(model("QuantizeLinear", {}, 9), ErrorCode::model_unsupported_operator,
               "operator QuantizeLinear (domain ai.onnx, opset 9) of node \"n\" is not supported");
}

TEST_CASE("Gemm takes its four attributes", "[onnx]") {
  const auto model = [](std::vector<std::string> attributes) {
    ModelBuilder builder = OneNode({"Gemm", {"x", "w"}, {"y"}, std::move(attributes), "n"});
    builder.Initializer(FloatTensor("w", {4, 4}, std::vector<float>(16)));
    return builder;
  };
  const auto plain = AttributesOf<GemmAttributes>(model({}));
  CHECK(plain.alpha == 1.0f);
  CHECK(plain.beta == 1.0f);
  CHECK(!plain.trans_a);
  CHECK(!plain.trans_b);
  const auto full = AttributesOf<GemmAttributes>(model({FloatAttribute("alpha", 0.5f), FloatAttribute("beta", 2.0f),
                                                        IntAttribute("transA", 1), IntAttribute("transB", 1)}));
  CHECK(full.alpha == 0.5f);
  CHECK(full.beta == 2.0f);
  CHECK(full.trans_a);
  CHECK(full.trans_b);
}

TEST_CASE("Softmax changed its meaning and its default with operator set 13", "[onnx]") {
  const auto old_default = AttributesOf<SoftmaxAttributes>(OneNode(Unary("Softmax"), 12));
  CHECK(old_default.axis == 1);
  CHECK(old_default.flatten_from_axis);
  const auto new_default = AttributesOf<SoftmaxAttributes>(OneNode(Unary("Softmax"), 13));
  CHECK(new_default.axis == -1);
  CHECK(!new_default.flatten_from_axis);
  CHECK(AttributesOf<SoftmaxAttributes>(OneNode(Unary("Softmax", {IntAttribute("axis", 0)}))).axis == 0);
}

TEST_CASE("Reshape takes a constant shape", "[onnx]") {
  const auto reshape = AttributesOf<ReshapeAttributes>(ReshapeModel({0, -1, 2}));
  CHECK(reshape.dims == Shape{0, -1, 2});
  CHECK(!reshape.allow_zero);
  ModelBuilder constant;
  constant.Input("x", {"batch", 4})
      .Add({"Constant", {}, {"shape"}, {TensorAttribute("value", Int64Tensor("", {-1, 2}))}})
      .Add({"Reshape", {"x", "shape"}, {"y"}, {IntAttribute("allowzero", 1)}, "n"})
      .Output("y");
  const auto by_constant = AttributesOf<ReshapeAttributes>(constant);
  CHECK(by_constant.dims == Shape{-1, 2});
  CHECK(by_constant.allow_zero);

  ModelBuilder computed = OneNode({"Reshape", {"x", "s"}, {"y"}, {}, "n"});
  computed.Input(TensorInfo("s", {2}, kOnnxInt64));
  CheckRefused(computed, ErrorCode::shape_unresolved,
               "Reshape \"n\" takes its shape from \"s\", which is not a constant");
  CheckRefused(OneNode({"Reshape", {"x"}, {"y"}, {}, "n"}), ErrorCode::model_invalid_graph,
               "Reshape \"n\" needs two inputs, the data and the shape");
  CheckRefused(ReshapeModel({-1, -1}), ErrorCode::model_invalid_graph, "Reshape \"n\" asks for the shape [-1, -1]");
  CheckRefused(ReshapeModel({-2}), ErrorCode::model_invalid_graph, "Reshape \"n\" asks for the shape [-2]");
  CheckRefused(ReshapeModel(std::vector<std::int64_t>(9, 1)), ErrorCode::model_limit,
               "Reshape \"n\" makes rank 9; the most is 8");
  CheckRefused(ReshapeModel({std::int64_t{1} << 40, std::int64_t{1} << 40}), ErrorCode::model_limit,
               "Reshape \"n\" has [1099511627776, 1099511627776] elements; the most is 268435455");
}

TEST_CASE("Cast names its target type", "[onnx]") {
  CHECK(AttributesOf<CastAttributes>(OneNode(Unary("Cast", {IntAttribute("to", 6)}))).to == DType::i32);
  CHECK(AttributesOf<CastAttributes>(OneNode(Unary("Cast", {IntAttribute("to", 1), IntAttribute("saturate", 1)}), 19))
            .to == DType::f32);
  CheckRefused(OneNode(Unary("Cast", {IntAttribute("to", 11)})), ErrorCode::model_unsupported_type,
               "the result of Cast \"n\" has the element type DOUBLE, which is not supported");
  CheckRefused(OneNode(Unary("Cast")), ErrorCode::model_invalid_graph, "Cast \"n\" lacks its attribute \"to\"");
}

TEST_CASE("BatchNormalization is read for inference only", "[onnx]") {
  const auto model = [](std::int64_t opset, std::vector<std::string> attributes, std::vector<std::string> outputs) {
    ModelBuilder builder = OneNode(
        {"BatchNormalization", {"x", "s", "b", "m", "v"}, std::move(outputs), std::move(attributes), "n"}, opset);
    for (const char* const name : {"s", "b", "m", "v"}) builder.Initializer(FloatTensor(name, {4}, {1, 1, 1, 1}));
    return builder;
  };
  CHECK(AttributesOf<BatchNormalizationAttributes>(
            model(15,
                  {FloatAttribute("epsilon", 0.5f), FloatAttribute("momentum", 0.9f), IntAttribute("training_mode", 0)},
                  {"y"}))
            .epsilon == 0.5f);
  CHECK(AttributesOf<BatchNormalizationAttributes>(model(7, {IntAttribute("spatial", 1)}, {"y", "", ""})).epsilon ==
        1e-5f);
  CheckRefused(model(15, {IntAttribute("training_mode", 1)}, {"y"}), ErrorCode::model_unsupported_attribute,
               "the attribute \"training_mode\" of BatchNormalization \"n\" is 1; only 0 is supported");
  CheckRefused(model(7, {IntAttribute("spatial", 0)}, {"y"}), ErrorCode::model_unsupported_attribute,
               "the attribute \"spatial\" of BatchNormalization \"n\" is 0; only 1 is supported");
  CheckRefused(model(9, {}, {"y", "mean"}), ErrorCode::model_unsupported_attribute,
               "BatchNormalization \"n\" gives the statistics of training; only inference is supported");
}

TEST_CASE("Flatten, LeakyRelu and the plain activations", "[onnx]") {
  CHECK(AttributesOf<FlattenAttributes>(OneNode(Unary("Flatten"))).axis == 1);
  CHECK(AttributesOf<FlattenAttributes>(OneNode(Unary("Flatten", {IntAttribute("axis", -1)}))).axis == -1);
  CHECK(AttributesOf<Activation>(OneNode(Unary("LeakyRelu"))).alpha == 0.01f);
  CHECK(AttributesOf<Activation>(OneNode(Unary("LeakyRelu", {FloatAttribute("alpha", 0.2f)}))).alpha == 0.2f);
  CHECK(AttributesOf<Activation>(OneNode(Unary("Relu"))).kind == ActivationKind::relu);
  CHECK(AttributesOf<Activation>(OneNode(Unary("Sigmoid"))).kind == ActivationKind::sigmoid);
  CHECK(AttributesOf<Activation>(OneNode(Unary("Tanh"))).kind == ActivationKind::tanh);
}

TEST_CASE("an attribute that is unknown or of another type is named", "[onnx]") {
  CheckRefused(OneNode(Unary("Relu", {IntAttribute("consumed", 1)})), ErrorCode::model_unsupported_attribute,
               "the attribute \"consumed\" of Relu \"n\" is not supported");
  CheckRefused(OneNode(Unary("Softmax", {FloatAttribute("axis", 1.0f)})), ErrorCode::model_invalid_graph,
               "the attribute \"axis\" of Softmax \"n\" has another type than ONNX gives it");
  CheckRefused(OneNode(Unary("Softmax", {IntAttribute("axis", 1), IntAttribute("axis", 0)})),
               ErrorCode::model_malformed, "the attribute \"axis\" is given twice");
}

TEST_CASE("a Constant node becomes a constant by each spelling of its value", "[onnx]") {
  const auto model = [](const std::string& attribute) {
    ModelBuilder builder;
    builder.Add({"Constant", {}, {"c"}, {attribute}, "n"}).Output("c");
    return builder;
  };
  const auto constant_of = [&](const std::string& attribute) {
    auto read = std::make_unique<ReadModel>(model(attribute).Build());
    REQUIRE(read->graph.ok());
    REQUIRE(read->graph->nodes.empty());
    REQUIRE(read->graph->IsConstant(read->graph->outputs.at(0)));
    return read;
  };
  const auto constant = [](const auto& read) -> const Tensor& {
    return *read->graph.value().value(read->graph.value().outputs[0]).constant;
  };
  {
    const auto read = constant_of(TensorAttribute("value", FloatTensor("", {2}, {1.0f, 2.0f})));
    CHECK(constant(read).template elements<float>()[1] == 2.0f);
  }
  {
    const auto read = constant_of(FloatAttribute("value_float", 2.5f));
    CHECK(constant(read).shape() == Shape{});
    CHECK(constant(read).template elements<float>()[0] == 2.5f);
  }
  {
    const auto read = constant_of(IntAttribute("value_int", -3));
    CHECK(constant(read).template elements<std::int64_t>()[0] == -3);
  }
  {
    std::string attribute;
    protozero::pbf_writer writer(attribute);
    writer.add_string(1, "value_ints");
    const std::array<std::int64_t, 3> values = {4, 5, 6};
    writer.add_packed_int64(8, values.begin(), values.end());
    writer.add_int32(20, 7);
    const auto read = constant_of(attribute);
    CHECK(constant(read).shape() == Shape{3});
    CHECK(constant(read).template elements<std::int64_t>()[2] == 6);
  }
  {
    std::string attribute;
    protozero::pbf_writer writer(attribute);
    writer.add_string(1, "value_floats");
    writer.add_float(7, 0.5f);
    writer.add_float(7, 0.75f);
    writer.add_int32(20, 6);
    const auto read = constant_of(attribute);
    CHECK(constant(read).shape() == Shape{2});
    CHECK(constant(read).template elements<float>()[1] == 0.75f);
  }
  std::string text;
  protozero::pbf_writer writer(text);
  writer.add_string(1, "value_string");
  writer.add_string(4, "hello");
  writer.add_int32(20, 3);
  CheckRefused(model(text), ErrorCode::model_unsupported_attribute,
               "the attribute \"value_string\" of Constant \"n\" is not supported");
}

}  // namespace alice
