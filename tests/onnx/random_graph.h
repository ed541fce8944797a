#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <random>
#include <string>

#include "base/check.h"
#include "ir/activation_op.h"
#include "ir/graph.h"
#include "ir/shape_inference.h"
#include "ir/verify.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Grows a graph of rank-2 float nodes of every kind that can be written, each reading random earlier values; equal
/// seeds give equal graphs. The graph verifies and has its shapes.
class RandomGraph {
 public:
  RandomGraph(std::uint32_t seed, MemoryBudget& budget) : random_(seed), budget_(budget) {
    graph_.name = "random " + std::to_string(seed);
    graph_.opset = 17;
    graph_.metadata = {{"seed", std::to_string(seed)}, {"empty", ""}};
    const Dim batch = Dim::Symbol(graph_.SymbolIndex("batch"));
    floats_.push_back(graph_.AddValue({"x", DType::f32, {{batch, Dim::Known(kWidth)}}, std::nullopt}));
    graph_.inputs = floats_;
  }

  Graph Build(int nodes) && {
    for (int index = 0; index < nodes; ++index) AddNode();
    graph_.outputs = {floats_.back(), floats_[Below(floats_.size())]};
    if (Below(2) == 0) Constant(DType::i64, {3});  // one that nothing uses
    ALICE_CHECK(Verify(graph_).ok());
    ALICE_CHECK(InferShapes(graph_).ok());
    return std::move(graph_);
  }

 private:
  static constexpr std::int64_t kWidth = 4;

  std::size_t Below(std::size_t bound) { return random_() % bound; }
  float Real() { return static_cast<float>(static_cast<std::int32_t>(random_())) * 0x1p-20f; }
  ValueId Earlier() { return floats_[Below(floats_.size())]; }

  ValueId Constant(DType dtype, const Shape& shape) {
    Result<Tensor> tensor = Tensor::Zeros(budget_, MemoryKind::weights_f32, dtype, shape);
    ALICE_CHECK(tensor.ok());
    for (std::size_t index = 0; index < tensor->bytes(); ++index) {
      tensor->view().data[index] = static_cast<std::byte>(random_() & (dtype == DType::boolean ? 1U : 0x7fU));
    }
    return graph_.AddConstant("c" + std::to_string(graph_.values.size()), *std::move(tensor));
  }

  void AddNode() {
    Node node;
    node.name = "node" + std::to_string(graph_.nodes.size());
    node.inputs = {Earlier()};
    switch (Below(16)) {
      case 0:
        node.kind = OpKind::Gemm;
        node.attributes = GemmAttributes{Real(), Real(), false, Below(2) == 0};
        node.inputs.push_back(Constant(DType::f32, {kWidth, kWidth}));
        if (Below(2) == 0) node.inputs.push_back(Constant(DType::f32, {kWidth}));
        break;
      case 1:
        node.kind = OpKind::MatMul;
        node.inputs.push_back(Constant(DType::f32, {kWidth, kWidth}));
        break;
      case 2:
        node.kind = OpKind::Softmax;
        node.attributes = SoftmaxAttributes{static_cast<std::int64_t>(Below(2)) - 1, false};
        break;
      case 3:
        node.kind = OpKind::Flatten;
        node.attributes = FlattenAttributes{1};
        break;
      case 4:
        node.kind = OpKind::Reshape;
        node.attributes = ReshapeAttributes{Below(2) == 0 ? Shape{-1, kWidth} : Shape{0, kWidth}, false};
        break;
      case 5:
        node.kind = OpKind::Cast;
        node.attributes = CastAttributes{DType::f32};
        break;
      case 6:
        node.kind = OpKind::BatchNormalization;
        node.attributes = BatchNormalizationAttributes{Real()};
        for (int input = 0; input < 4; ++input) node.inputs.push_back(Constant(DType::f32, {kWidth}));
        break;
      case 7:
      case 8:
      case 9:
      case 10:
      case 11:
        SetActivation(node);
        break;
      case 12:
        node.kind = OpKind::Identity;
        break;
      default: {
        constexpr OpKind kBinary[] = {OpKind::Add, OpKind::Sub, OpKind::Mul, OpKind::Max, OpKind::Pow, OpKind::PRelu};
        node.kind = kBinary[Below(std::size(kBinary))];
        node.inputs.push_back(Below(2) == 0 ? Constant(DType::f32, Below(2) == 0 ? Shape{} : Shape{kWidth})
                                            : node.inputs[0]);
      }
    }
    const ValueId output = graph_.AddValue({"v" + std::to_string(graph_.values.size()), DType::f32, {}, std::nullopt});
    node.outputs = {output};
    floats_.push_back(output);
    graph_.nodes.push_back(std::move(node));
  }

  void SetActivation(Node& node) {
    constexpr ActivationKind kKinds[] = {
#define ALICE_ACTIVATION_OP(op, kind) ActivationKind::kind,
#define ALICE_ACTIVATION_PARAMETER(kind, member, name, otherwise)
#include "ir/activation_op.inc"
#undef ALICE_ACTIVATION_PARAMETER
#undef ALICE_ACTIVATION_OP
    };
    Activation activation{kKinds[Below(std::size(kKinds))]};
    if (activation.kind == ActivationKind::clip) {
      activation.low = Real();
      activation.high = Real();
    }
    for (const ActivationParameter& parameter : ParametersOf(activation.kind)) activation.*parameter.member = Real();
    node.kind = ActivationOpOf(activation.kind);
    node.attributes = activation;
  }

  std::mt19937 random_;
  MemoryBudget& budget_;
  Graph graph_;
  std::vector<ValueId> floats_;
};

}  // namespace alice
