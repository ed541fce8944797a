#include <catch2/catch.hpp>

#include "passes/pass_model.h"
#include "passes/passes.h"

namespace alice {
namespace {

struct FusionModel : PassModel {
  ValueId x = Input("x", {batch, Dim::Known(2)});
  ValueId w = Constant<float>("w", {2, 3}, {1, 2, 3, 4, 5, 6});

  ValueId Gemm(std::vector<ValueId> more = {}) {
    std::vector<ValueId> inputs = {x, w};
    inputs.insert(inputs.end(), more.begin(), more.end());
    return Op(OpKind::Gemm, inputs, GemmAttributes{}, "g");
  }
  ValueId Norm(ValueId input, const std::string& prefix = "") {
    return Op(
        OpKind::BatchNormalization,
        {input, Constant<float>(prefix + "scale", {3}, {2, -1, 0.5f}),
         Constant<float>(prefix + "bias", {3}, {0.25f, 1, -3}), Constant<float>(prefix + "mean", {3}, {1, -2, 0.1f}),
         Constant<float>(prefix + "var", {3}, {4, 0.3f, 9})},
        BatchNormalizationAttributes{1e-3f});
  }
};

TEST_CASE("MatMul with constant weights becomes Gemm", "[passes]") {
  FusionModel model;
  SECTION("rank 2") {
    model.Output(model.Op(OpKind::MatMul, {model.x, model.w}));
    model.Run(MatMulToGemm);
    CHECK(model.Kinds() == "Gemm");
  }
  SECTION("rank 3 stays") {
    model.Output(model.Op(OpKind::MatMul, {model.Input("y", {4, 5, 2}), model.w}));
    model.Run(MatMulToGemm);
    CHECK(model.Kinds() == "MatMul");
  }
  SECTION("weights that are computed stay") {
    model.Output(model.Op(OpKind::MatMul, {model.x, model.Input("y", {2, 3})}));
    model.Run(MatMulToGemm);
    CHECK(model.Kinds() == "MatMul");
  }
}

TEST_CASE("the Add of a constant row becomes C", "[passes]") {
  struct Case {
    Shape shape;
    std::vector<float> elements, row;
  };
  const std::vector<Case> cases = {{{3}, {1, 2, 3}, {1, 2, 3}},
                                   {{1, 3}, {1, 2, 3}, {1, 2, 3}},
                                   {{}, {7}, {7, 7, 7}},
                                   {{1}, {7}, {7, 7, 7}},
                                   {{1, 1}, {7}, {7, 7, 7}}};
  for (const Case& each : cases) {
    for (const bool bias_first : {false, true}) {
      FusionModel model;
      const ValueId c = model.Constant<float>("c", each.shape, each.elements);
      const ValueId g = model.Gemm();
      const ValueId y = model.Op(OpKind::Add, bias_first ? std::vector{c, g} : std::vector{g, c});
      model.Output(y);
      model.Run(FuseBias);
      CHECK(model.Kinds() == "Gemm");
      REQUIRE(model.node(0).inputs.size() == 3);
      CHECK(model.Elements<float>(model.node(0).inputs[2]) == each.row);
      CHECK(model.node(0).outputs[0] == y);
    }
  }
}

TEST_CASE("an Add that is no bias stays", "[passes]") {
  FusionModel model;
  SECTION("a row of rank 3") {
    model.Output(model.Op(OpKind::Add, {model.Gemm(), model.Constant<float>("c", {1, 1, 3}, {1, 2, 3})}));
  }
  SECTION("a column") {
    const ValueId y = model.Input("y", {2, 2});
    const ValueId g = model.Op(OpKind::Gemm, {y, model.w}, GemmAttributes{});
    model.Output(model.Op(OpKind::Add, {g, model.Constant<float>("c", {2, 1}, {1, 2})}));
  }
  SECTION("a computed row") { model.Output(model.Op(OpKind::Add, {model.Gemm(), model.Input("c", {3})})); }
  SECTION("a Gemm that has C") {
    const ValueId c = model.Constant<float>("c", {3}, {1, 2, 3});
    model.Output(model.Op(OpKind::Add, {model.Gemm({c}), c}));
  }
  SECTION("a Gemm that somebody else uses") {
    const ValueId g = model.Gemm();
    model.Output(model.Op(OpKind::Add, {g, model.Constant<float>("c", {3}, {1, 2, 3})}));
    model.Output(model.Op(OpKind::Mul, {g, g}));
  }
  SECTION("a Gemm that is a graph output") {
    const ValueId g = model.Gemm();
    model.Output(g);
    model.Output(model.Op(OpKind::Add, {g, model.Constant<float>("c", {3}, {1, 2, 3})}));
  }
  SECTION("a Gemm with an activation") {
    const ValueId g = model.Gemm();
    model.node(0).activation = {ActivationKind::relu};
    model.Output(model.Op(OpKind::Add, {g, model.Constant<float>("c", {3}, {1, 2, 3})}));
  }
  SECTION("a row that widens the product") {
    const ValueId y = model.Op(OpKind::Gemm, {model.x, model.Constant<float>("n1", {2, 1}, {1, 2})}, GemmAttributes{});
    model.Output(model.Op(OpKind::Add, {y, model.Constant<float>("c", {3}, {1, 2, 3})}));
  }
  model.Run(FuseBias);
  CHECK_THAT(model.Kinds(), Catch::Matchers::StartsWith("Gemm Add"));
}

TEST_CASE("an activation goes into the node before", "[passes]") {
  const std::vector<std::pair<OpKind, Activation>> activations = {
      {OpKind::Relu, {ActivationKind::relu}},
      {OpKind::LeakyRelu, {ActivationKind::leaky_relu, 0.3f}},
      {OpKind::Clip, {ActivationKind::clip, 0.0f, -1.0f, 2.0f}},
      {OpKind::Sigmoid, {ActivationKind::sigmoid}},
      {OpKind::Tanh, {ActivationKind::tanh}}};
  for (const auto& [kind, activation] : activations) {
    for (const OpKind before : {OpKind::Gemm, OpKind::MatMul, OpKind::Add, OpKind::Sub, OpKind::Mul}) {
      FusionModel model;
      const bool is_product = before == OpKind::Gemm || before == OpKind::MatMul;
      const ValueId h = model.Op(before, {model.x, is_product ? model.w : model.x},
                                 before == OpKind::Gemm ? Attributes(GemmAttributes{}) : Attributes());
      const ValueId y = model.Op(kind, {h}, activation);
      model.Output(y);
      model.Run(FuseActivation);
      REQUIRE(model.graph.nodes.size() == 1);
      CHECK(model.node(0).kind == before);
      CHECK(model.node(0).activation == activation);
      CHECK(model.node(0).outputs[0] == y);
    }
  }
}

TEST_CASE("an activation that cannot be fused stays", "[passes]") {
  FusionModel model;
  SECTION("behind a node that cannot carry it") {
    model.Output(model.Relu(model.Op(OpKind::Softmax, {model.x}, SoftmaxAttributes{})));
  }
  SECTION("behind an input") { model.Output(model.Relu(model.x)); }
  SECTION("behind a node that somebody else uses") {
    const ValueId g = model.Gemm();
    model.Output(model.Relu(g));
    model.Output(model.Op(OpKind::Tanh, {g}, Activation{ActivationKind::tanh}));
  }
  SECTION("behind a graph output") {
    const ValueId g = model.Gemm();
    model.Output(g);
    model.Output(model.Relu(g));
  }
  const std::string kinds = model.Kinds();
  model.Run(FuseActivation);
  CHECK(model.Kinds() == kinds);
}

TEST_CASE("of two activations the first is fused", "[passes]") {
  FusionModel model;
  const ValueId h = model.Op(OpKind::Tanh, {model.Gemm()}, Activation{ActivationKind::tanh});
  model.Output(model.Relu(h));
  model.Run(FuseActivation);
  CHECK(model.Kinds() == "Gemm Relu");
  CHECK(model.node(0).activation.kind == ActivationKind::tanh);
}

TEST_CASE("BatchNormalization goes into the Gemm before", "[passes]") {
  for (const bool has_c : {false, true}) {
    FusionModel model;
    const ValueId c = model.Constant<float>("c", {3}, {1, 2, 3});
    model.Output(model.Norm(model.Gemm(has_c ? std::vector{c} : std::vector<ValueId>{})));
    model.Run(FoldBatchNorm);
    CHECK(model.Kinds() == "Gemm");
    CHECK(model.node(0).inputs.size() == 3);
  }
}

TEST_CASE("BatchNormalization folds exactly", "[passes]") {
  FusionModel model;
  const ValueId norm =
      model.Op(OpKind::BatchNormalization,
               {model.Gemm({model.Constant<float>("c", {3}, {1, 2, 3})}), model.Constant<float>("s", {3}, {2, 2, 2}),
                model.Constant<float>("b", {3}, {1, 1, 1}), model.Constant<float>("m", {3}, {1, 2, 4}),
                model.Constant<float>("v", {3}, {3, 15, 0})},
               BatchNormalizationAttributes{1.0f});
  model.Output(norm);
  model.Run(FoldBatchNorm);
  CHECK(model.Elements<float>(model.node(0).inputs[1]) == std::vector<float>{1, 1, 6, 4, 2.5f, 12});
  CHECK(model.Elements<float>(model.node(0).inputs[2]) == std::vector<float>{1, 1, -1});
}

TEST_CASE("BatchNormalization elsewhere becomes Mul and Add", "[passes]") {
  FusionModel model;
  SECTION("behind an input of rank 4") {
    model.Output(model.Norm(model.Input("image", {Dim(model.batch), Dim::Known(3), Dim::Known(2), Dim::Known(5)})));
    model.Run(FoldBatchNorm);
    CHECK(model.Kinds() == "Mul Add");
    CHECK(model.TypeOf(model.node(0).inputs[1]) == "f32[3, 1, 1]");
  }
  SECTION("behind a Gemm that somebody else uses") {
    const ValueId g = model.Gemm();
    model.Output(model.Norm(g));
    model.Output(model.Relu(g));
    model.Run(FoldBatchNorm);
    CHECK(model.Kinds() == "Gemm Mul Add Relu");
  }
  SECTION("behind a Gemm that is a graph output") {
    const ValueId g = model.Gemm();
    model.Output(g);
    model.Output(model.Norm(g));
    model.Run(FoldBatchNorm);
    CHECK(model.Kinds() == "Gemm Mul Add");
  }
  SECTION("behind a Gemm with computed weights") {
    const ValueId g = model.Op(OpKind::Gemm, {model.x, model.Input("y", {2, 3})}, GemmAttributes{});
    model.Output(model.Norm(g));
    model.Run(FoldBatchNorm);
    CHECK(model.Kinds() == "Gemm Mul Add");
  }
}

TEST_CASE("weights shared by two Gemms are copied for BatchNormalization", "[passes]") {
  FusionModel model;
  const ValueId c = model.Constant<float>("c", {3}, {1, 2, 3});
  model.Output(model.Norm(model.Op(OpKind::Gemm, {model.x, model.w, c}, GemmAttributes{}, "g1")));
  model.Output(model.Norm(model.Op(OpKind::Gemm, {model.x, model.w, c}, GemmAttributes{}, "g2"), "second_"));
  model.Output(model.Op(OpKind::Add, {model.Op(OpKind::Gemm, {model.x, model.w}, GemmAttributes{}, "g3"), c}));
  model.Run(FoldBatchNorm);
  CHECK(model.Kinds() == "Gemm Gemm Gemm Add");
  CHECK(model.Elements<float>(model.w) == std::vector<float>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("BatchNormalization with computed parameters stays", "[passes]") {
  FusionModel model;
  const ValueId p = model.Input("p", {2});
  const ValueId variance = model.Op(OpKind::Mul, {p, p});
  model.Output(
      model.Op(OpKind::BatchNormalization, {model.x, p, p, p, variance}, BatchNormalizationAttributes{}, "norm"));
  model.Run(FoldBatchNorm);
  CHECK(model.Kinds() == "Mul BatchNormalization");
}

}  // namespace
}  // namespace alice
