#include "catch2/catch.hpp"

#include "ir/activation_op.h"
#include "onnx/import_checks.h"

namespace alice {
namespace {

ModelBuilder OneUnary(const std::string& op, std::vector<std::string> attributes = {}, std::int64_t opset = 20) {
  return OneNode({op, {"x"}, {"y"}, std::move(attributes), "n"}, opset);
}

ModelBuilder ClipModel(std::int64_t opset, const std::vector<std::string>& inputs) {
  ModelBuilder model = OneNode({"Clip", inputs, {"y"}, {}, "n"}, opset);
  model.Initializer(FloatTensor("low", {}, {-1.0f})).Initializer(FloatTensor("high", {1}, {6.0f}));
  return model;
}

}  // namespace

TEST_CASE("Clip has its bounds as attributes before operator set 11, then as inputs", "[onnx]") {
  const auto old =
      AttributesOf<Activation>(OneUnary("Clip", {FloatAttribute("min", -2.0f), FloatAttribute("max", 3.0f)}, 10));
  CHECK(old == Activation{.kind = ActivationKind::clip, .low = -2.0f, .high = 3.0f});
  CHECK(AttributesOf<Activation>(OneUnary("Clip", {}, 10)) == Activation{.kind = ActivationKind::clip});
  CHECK(AttributesOf<Activation>(OneUnary("Clip", {}, 11)) == Activation{.kind = ActivationKind::clip});
  CHECK(AttributesOf<Activation>(ClipModel(11, {"x", "low", "high"})) ==
        Activation{.kind = ActivationKind::clip, .low = -1.0f, .high = 6.0f});
  CHECK(AttributesOf<Activation>(ClipModel(13, {"x", "", "high"})) ==
        Activation{.kind = ActivationKind::clip, .high = 6.0f});
  // The bounds leave no operands and, used up, no values behind.
  ReadModel read(ClipModel(17, {"x", "low", "high"}).Build());
  REQUIRE(read.graph.ok());
  CHECK(read.graph->nodes[0].inputs.size() == 1);
  CHECK(read.graph->values.size() == 2);
  CHECK(read.budget->held_bytes() == 0);
  CheckRefused(OneUnary("Clip", {FloatAttribute("min", 0.0f)}, 11), ErrorCode::model_unsupported_attribute,
               "the attribute \"min\" of Clip \"n\" is not supported");
}

TEST_CASE("bounds of Clip that are no f32 constants stay inputs", "[onnx]") {
  AttributesOf<std::monostate>(ClipModel(17, {"x", "x"}));
  ReadModel read(ClipModel(17, {"x", "low", "x"}).Build());
  REQUIRE(read.graph.ok());
  CHECK(read.graph->nodes[0].inputs.size() == 3);
  ModelBuilder integer = OneNode({"Clip", {"x", "i"}, {"y"}, {}, "n"});
  integer.Initializer(Int64Tensor("i", {1}));
  AttributesOf<std::monostate>(integer);
}

TEST_CASE("activations take their parameters, or those of ONNX", "[onnx]") {
  struct Case {
    const char* op;
    Activation otherwise;
    Activation given;
  };
  const Case cases[] = {
      {"Celu", {.kind = ActivationKind::celu, .alpha = 1.0f}, {.kind = ActivationKind::celu, .alpha = 0.5f}},
      {"Elu", {.kind = ActivationKind::elu, .alpha = 1.0f}, {.kind = ActivationKind::elu, .alpha = 0.5f}},
      {"LeakyRelu",
       {.kind = ActivationKind::leaky_relu, .alpha = 0.01f},
       {.kind = ActivationKind::leaky_relu, .alpha = 0.5f}},
      {"ThresholdedRelu",
       {.kind = ActivationKind::thresholded_relu, .alpha = 1.0f},
       {.kind = ActivationKind::thresholded_relu, .alpha = 0.5f}},
  };
  for (const Case& test : cases) {
    CAPTURE(test.op);
    CHECK(AttributesOf<Activation>(OneUnary(test.op)) == test.otherwise);
    CHECK(AttributesOf<Activation>(OneUnary(test.op, {FloatAttribute("alpha", 0.5f)})) == test.given);
  }
  CHECK(AttributesOf<Activation>(OneUnary("HardSigmoid")) ==
        Activation{.kind = ActivationKind::hard_sigmoid, .alpha = 0.2f, .beta = 0.5f});
  CHECK(AttributesOf<Activation>(OneUnary("Selu", {FloatAttribute("gamma", 2.0f)})) ==
        Activation{.kind = ActivationKind::selu, .alpha = 1.6732632f, .beta = 2.0f});
  CHECK(AttributesOf<Activation>(OneUnary("Gelu")).kind == ActivationKind::gelu);
  CHECK(AttributesOf<Activation>(OneUnary("Gelu", {StringAttribute("approximate", "tanh")})).kind ==
        ActivationKind::gelu_tanh);
  CheckRefused(OneUnary("Gelu", {StringAttribute("approximate", "sigmoid")}), ErrorCode::model_unsupported_attribute,
               "Gelu \"n\" is approximated by \"sigmoid\"; supported are none and tanh");
  CheckRefused(OneUnary("Gelu", {}, 19), ErrorCode::model_unsupported_operator,
               "operator Gelu (domain ai.onnx, opset 19) of node \"n\" is not supported");
}

TEST_CASE("every activation with an operator is the activation of that operator", "[onnx]") {
#define ALICE_ACTIVATION_OP(op, activation) CHECK(ActivationOpOf(ActivationKind::activation) == OpKind::op);
#define ALICE_ACTIVATION_PARAMETER(kind, member, name, otherwise)
#include "ir/activation_op.inc"
#undef ALICE_ACTIVATION_PARAMETER
#undef ALICE_ACTIVATION_OP
  CHECK(ParametersOf(ActivationKind::selu).size() == 2);
  CHECK(ParametersOf(ActivationKind::tanh).empty());
}

TEST_CASE("Mod says which remainder, BitShift which direction", "[onnx]") {
  const auto model = [](const std::string& op, std::vector<std::string> attributes) {
    return OneNode({op, {"x", "x"}, {"y"}, std::move(attributes), "n"});
  };
  CHECK_FALSE(AttributesOf<ModAttributes>(model("Mod", {})).fmod);
  CHECK(AttributesOf<ModAttributes>(model("Mod", {IntAttribute("fmod", 1)})).fmod);
  CHECK(AttributesOf<BitShiftAttributes>(model("BitShift", {StringAttribute("direction", "LEFT")})).left);
  CHECK_FALSE(AttributesOf<BitShiftAttributes>(model("BitShift", {StringAttribute("direction", "RIGHT")})).left);
  CheckRefused(model("BitShift", {}), ErrorCode::model_invalid_graph,
               "BitShift \"n\" shifts to the direction \"\" instead of LEFT or RIGHT");
}

}  // namespace alice
