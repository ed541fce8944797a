#include <algorithm>

#include "backends/webgl/drawn_op.h"

namespace alice::webgl {

const DrawnFamily* FamilyOf(const Graph& graph, const SegmentNode& at) {
  switch (at.node->kind) {
    case OpKind::MatMul:
      if (!graph.IsConstant(at.node->inputs[1])) return &kMatMul;
      [[fallthrough]];
    case OpKind::Gemm:
      return at.execution == Execution::quantized ? &kQuantizedGemm : &kFloatGemm;
    case OpKind::Conv:
      return at.execution == Execution::quantized ? &kQuantizedConv : &kFloatConv;
    case OpKind::AveragePool:
    case OpKind::GlobalAveragePool:
    case OpKind::GlobalMaxPool:
    case OpKind::MaxPool:
      return &kPools;
    case OpKind::Gather:
      return &kGather;
    case OpKind::Pad:
      return &kPad;
    case OpKind::Resize:
      return &kResize;
    case OpKind::Slice:
      return &kSlice;
    case OpKind::Transpose:
      return &kTranspose;
    case OpKind::Concat:
      return &kConcat;
    case OpKind::Add:
    case OpKind::Div:
    case OpKind::Max:
    case OpKind::Min:
    case OpKind::Mul:
    case OpKind::PRelu:
    case OpKind::Sub:
      return &kBinaryOps;
    case OpKind::LogSoftmax:
    case OpKind::Softmax:
      return &kSoftmax;
    case OpKind::Pow:
      return &kPower;
    case OpKind::Where:
      return &kWhere;
    case OpKind::Equal:
    case OpKind::Greater:
    case OpKind::GreaterOrEqual:
    case OpKind::Less:
    case OpKind::LessOrEqual:
      return &kComparisons;
#define ALICE_UNARY_OP(name, kind, expression) case OpKind::kind:
#include "kernels/unary_f32/unary_op.inc"
#undef ALICE_UNARY_OP
      return &kUnaryOps;
#define ALICE_REDUCTION(kind, map, combine, finish) case OpKind::kind:
#include "ir/reduction.inc"
#undef ALICE_REDUCTION
      return &kReductions;
    default:
      return std::holds_alternative<Activation>(at.node->attributes) ? &kActivationOps : nullptr;
  }
}

bool IsFloat(const Graph& graph, const Node& node) {
  const auto is_float = [&](ValueId id) { return id == kNoValue || graph.value(id).dtype == DType::f32; };
  return std::ranges::all_of(node.inputs, is_float) && std::ranges::all_of(node.outputs, is_float);
}

}  // namespace alice::webgl
