#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "ir/dump.h"
#include "passes/dynamic_int8.h"
#include "passes/pass_model.h"

namespace alice {
namespace {

/// A random graph of float operators over values of shape [batch, width], with further outputs here and there.
class RandomModel : public PassModel {
 public:
  explicit RandomModel(std::uint32_t seed) : random_(seed) {
    for (const std::int64_t width : {3, 5}) values_.push_back(Input("x" + std::to_string(width), {batch, N(width)}));
    const int count = Pick(3, 12);
    for (int i = 0; i < count; ++i) values_.push_back(Grow(values_[Index(values_.size())]));
    Output(values_.back());
    for (std::size_t i = 2; i + 1 < values_.size(); ++i) {
      if (Pick(0, 5) == 0) Output(values_[i]);
    }
    Prepare();
  }

 private:
  static Dim N(std::int64_t size) { return Dim::Known(size); }
  int Pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  std::size_t Index(std::size_t size) { return static_cast<std::size_t>(Pick(0, static_cast<int>(size) - 1)); }
  bool Coin() { return Pick(0, 1) == 1; }
  float Number(float low, float high) { return std::uniform_real_distribution<float>(low, high)(random_); }

  ValueId Random(const Shape& shape, float low = -1, float high = 1) {
    std::vector<float> elements(static_cast<std::size_t>(shape.elements()));
    for (float& element : elements) element = Number(low, high);
    return Constant<float>("c" + std::to_string(graph.values.size()), shape, elements);
  }

  std::int64_t WidthOf(ValueId x) {
    REQUIRE(InferShapes(graph).ok());
    REQUIRE(graph.value(x).shape.rank() == 2);
    return graph.value(x).shape.dims[1].size;
  }

  /// Another value of the width of `x`, if there is one.
  ValueId Peer(ValueId x) {
    std::vector<ValueId> peers;
    for (const ValueId value : values_) {
      if (WidthOf(value) == WidthOf(x)) peers.push_back(value);
    }
    return peers[Index(peers.size())];
  }

  ValueId Grow(ValueId x) {
    const std::int64_t width = WidthOf(x);
    switch (Pick(0, 9)) {
      case 0:
      case 1:
        return Gemm(x, width);
      case 2:
        return Op(OpKind::MatMul, {x, Random({width, Pick(1, 5)})});
      case 3:
      case 4:
        return Binary(x, width);
      case 5:
      case 6:
        return Activate(x);
      case 7:
        return Op(OpKind::BatchNormalization,
                  {x, Random({width}), Random({width}), Random({width}), Random({width}, 0.1f, 2)},
                  BatchNormalizationAttributes{1e-3f});
      case 8:
        return Copy(x, width);
      default:
        return Op(OpKind::Softmax, {x}, SoftmaxAttributes{1, Coin()});
    }
  }

  ValueId Gemm(ValueId x, std::int64_t width) {
    GemmAttributes attributes{Coin() ? 1.0f : Number(-2, 2), Coin() ? 1.0f : Number(-2, 2), false, Coin()};
    const std::int64_t n = Pick(1, 5);
    ValueId b = Random(attributes.trans_b ? Shape{n, width} : Shape{width, n});
    if (Pick(0, 4) == 0) b = Activate(b);
    std::vector<ValueId> inputs = {x, b};
    const std::array<Shape, 5> c_shapes = {Shape{}, Shape{1}, Shape{n}, Shape{1, n}, Shape{1, 1}};
    if (Coin()) inputs.push_back(Random(c_shapes[Index(c_shapes.size())]));
    return Op(OpKind::Gemm, inputs, attributes);
  }

  ValueId Binary(ValueId x, std::int64_t width) {
    const std::array<OpKind, 3> kinds = {OpKind::Add, OpKind::Sub, OpKind::Mul};
    const std::array<Shape, 4> shapes = {Shape{}, Shape{width}, Shape{1, width}, Shape{1}};
    ValueId other = Coin() ? Peer(x) : Random(shapes[Index(shapes.size())]);
    if (Pick(0, 4) == 0) other = Op(OpKind::Identity, {other});
    return Op(kinds[Index(kinds.size())], Coin() ? std::vector{x, other} : std::vector{other, x});
  }

  ValueId Activate(ValueId x) {
    switch (Pick(0, 4)) {
      case 0:
        return Relu(x);
      case 1:
        return Op(OpKind::LeakyRelu, {x}, Activation{ActivationKind::leaky_relu, Number(-1, 2)});
      case 2:
        return Op(OpKind::Clip, {x}, Activation{ActivationKind::clip, 0.0f, Number(-2, 0), Number(0, 2)});
      case 3:
        return Op(OpKind::Sigmoid, {x}, Activation{ActivationKind::sigmoid});
      default:
        return Op(OpKind::Tanh, {x}, Activation{ActivationKind::tanh});
    }
  }

  ValueId Copy(ValueId x, std::int64_t width) {
    switch (Pick(0, 4)) {
      case 0:
        return Op(OpKind::Flatten, {x}, FlattenAttributes{-1});
      case 1:
        return Op(OpKind::Reshape, {x}, ReshapeAttributes{Shape{-1, width}, false});
      case 2:
        return Op(OpKind::Reshape, {x}, ReshapeAttributes{Shape{0, -1}, false});
      case 3:
        return Op(OpKind::Cast, {x}, CastAttributes{DType::f32});
      default:
        return Op(OpKind::Identity, {x});
    }
  }

  std::mt19937 random_;
  std::vector<ValueId> values_;
};

void RequireOptimized(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    CHECK(node.kind != OpKind::Identity);
    CHECK(node.kind != OpKind::BatchNormalization);
    if (node.kind == OpKind::MatMul) CHECK_FALSE(graph.IsConstant(node.inputs[1]));
    if (node.kind != OpKind::Gemm) continue;
    const auto& attributes = std::get<GemmAttributes>(node.attributes);
    CHECK((attributes.alpha == 1.0f && attributes.beta == 1.0f));
    CHECK_FALSE((attributes.trans_b && graph.IsConstant(node.inputs[1])));
    if (node.inputs.size() > 2) CHECK(graph.IsConstant(node.inputs[2]));
  }
}

TEST_CASE("Optimize keeps what random graphs compute, and finds nothing more to do", "[passes]") {
  const std::uint32_t first_seed = 20240;
  for (std::uint32_t seed = first_seed; seed < first_seed + 400; ++seed) {
    RandomModel model(seed);
    CAPTURE(seed, Dump(model.graph));
    model.Run(Optimize);
    RequireOptimized(model.graph);
    const std::string once = Dump(model.graph);
    const std::size_t held = model.budget.held_bytes();
    CAPTURE(once);
    model.Run(Optimize);
    REQUIRE(Dump(model.graph) == once);
    REQUIRE(model.budget.held_bytes() == held);
    model.Run(LowerToOnnx);
    for (const Node& node : model.graph.nodes) REQUIRE(node.activation.kind == ActivationKind::none);
    model.Run(Optimize);
    REQUIRE(model.Kinds().size() <= once.size());
    REQUIRE(model.budget.held_bytes() == held);
  }
}

TEST_CASE("Optimize brings a classifier to two Gemms and a Softmax", "[passes]") {
  PassModel model;
  const ValueId x = model.Input("x", {model.batch, Dim::Known(2), Dim::Known(2)});
  const ValueId flat = model.Op(OpKind::Flatten, {x}, FlattenAttributes{1});
  const ValueId w1 = model.Constant<float>("w1", {3, 4}, std::vector<float>(12, 0.5f));
  const ValueId b1 = model.Constant<float>("b1", {3}, {1, -2, 3});
  const ValueId h = model.Op(OpKind::Gemm, {flat, w1, b1}, GemmAttributes{1.0f, 1.0f, false, true}, "fc1");
  const ValueId p = model.Constant<float>("p", {3}, {1, 2, 3});
  const ValueId n = model.Op(OpKind::BatchNormalization, {h, p, p, p, p}, BatchNormalizationAttributes{});
  const ValueId w2 = model.Constant<float>("w2", {3, 2}, {1, 2, 3, 4, 5, 6});
  const ValueId m = model.Op(OpKind::MatMul, {model.Relu(n), w2}, {}, "fc2");
  const ValueId b2 = model.Constant<float>("b2", {1, 2}, {1, 2});
  const ValueId y = model.Op(OpKind::Softmax, {model.Op(OpKind::Add, {b2, m})}, SoftmaxAttributes{}, "probabilities");
  model.Output(model.Op(OpKind::Identity, {y}, {}, "out"));
  model.Run(Optimize);
  CHECK(Dump(model.graph) ==
        "graph test, operator set 17\n"
        "input %x: f32[batch, 2, 2]\n"
        "%Flatten0 = Flatten(%x; axis=1) → f32[batch, 4]   # Flatten0\n"
        "%Relu3 = Gemm(%Flatten0, w1[4, 3], b1[3]) + relu → f32[batch, 3]   # fc1\n"
        "%Add5 = Gemm(%Relu3, w2[3, 2], b2[2]) → f32[batch, 2]   # fc2\n"
        "%out = Softmax(%Add5; axis=-1) → f32[batch, 2]   # probabilities\n"
        "output %out: f32[batch, 2]\n");
}

TEST_CASE("the passes are listed by name", "[passes]") {
  std::vector<std::string_view> names;
  for (const Pass& pass : Passes()) names.push_back(pass.name);
  CHECK(names.front() == "expand_dropout_mask");
  CHECK(names.back() == "remove_dead");
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("new values have new names, however often a name is asked for", "[passes]") {
  PassModel model;
  ValueId x = model.Input("x", {model.batch, Dim::Known(1)});
  const ValueId p = model.Constant<float>("same/scaled_2", {1}, {1});
  constexpr int kNodes = 1000;
  for (int i = 0; i < kNodes; ++i) {
    x = model.Op(OpKind::BatchNormalization, {x, p, p, p, p}, BatchNormalizationAttributes{}, "same");
  }
  model.Output(x);
  REQUIRE(Optimize(model.graph, model.budget).ok());
  CHECK(model.graph.nodes.size() == 2 * kNodes);
  std::set<std::string> names;
  for (const Value& value : model.graph.values) {
    if (value.name != "same") CHECK(names.insert(value.name).second);
  }
}

}  // namespace
}  // namespace alice
