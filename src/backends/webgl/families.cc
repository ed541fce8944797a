#include <algorithm>

#include "backends/webgl/drawn_op.h"

namespace alice::webgl {

const DrawnFamily* FamilyOf(const SegmentNode& at) {
  switch (at.node->kind) {
    case OpKind::Gemm:
    case OpKind::MatMul:
      return at.execution == Execution::quantized ? &kQuantizedGemm : &kFloatGemm;
    case OpKind::Conv:
      return at.execution == Execution::quantized ? &kQuantizedConv : &kFloatConv;
    case OpKind::AveragePool:
    case OpKind::GlobalAveragePool:
    case OpKind::GlobalMaxPool:
    case OpKind::MaxPool:
      return &kPools;
    case OpKind::Transpose:
      return &kTranspose;
    case OpKind::Concat:
      return &kConcat;
    case OpKind::Add:
    case OpKind::Div:
    case OpKind::Mul:
    case OpKind::PRelu:
    case OpKind::Sub:
      return &kBinaryOps;
    case OpKind::Clip:
    case OpKind::HardSigmoid:
    case OpKind::HardSwish:
    case OpKind::LeakyRelu:
    case OpKind::Relu:
    case OpKind::Sigmoid:
    case OpKind::Softsign:
    case OpKind::ThresholdedRelu:
      return &kActivationOps;
    case OpKind::Softmax:
      return &kSoftmax;
    default:
      return nullptr;
  }
}

bool IsFloat(const Graph& graph, const Node& node) {
  const auto is_float = [&](ValueId id) { return id == kNoValue || graph.value(id).dtype == DType::f32; };
  return std::ranges::all_of(node.inputs, is_float) && std::ranges::all_of(node.outputs, is_float);
}

}  // namespace alice::webgl
