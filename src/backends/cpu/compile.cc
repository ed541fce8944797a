#include "backends/backend.h"
#include "backends/cpu/ops.h"

namespace alice {
namespace {

using CompileFunction = CompiledOp (*)(const CompileContext&);

CompileFunction FunctionFor(OpKind kind) {
  switch (kind) {
    case OpKind::Gemm:
    case OpKind::MatMul:
      return CompileGemm;
    case OpKind::Conv:
      return CompileConv;
    case OpKind::AveragePool:
    case OpKind::GlobalAveragePool:
    case OpKind::GlobalMaxPool:
    case OpKind::MaxPool:
      return CompilePool;
    case OpKind::Transpose:
      return CompileTranspose;
    case OpKind::Concat:
      return CompileConcat;
    case OpKind::Add:
    case OpKind::Div:
    case OpKind::Mul:
    case OpKind::Sub:
      return CompileBinary;
    case OpKind::Clip:
    case OpKind::LeakyRelu:
    case OpKind::Relu:
    case OpKind::Sigmoid:
    case OpKind::Tanh:
      return CompileActivation;
    case OpKind::ArgMax:
    case OpKind::ArgMin:
      return CompileArgExtreme;
    case OpKind::BatchNormalization:
      return CompileBatchNormalization;
    case OpKind::ConvTranspose:
      return CompileConvTranspose;
    case OpKind::GroupNormalization:
    case OpKind::InstanceNormalization:
    case OpKind::LayerNormalization:
      return CompileNormalization;
    case OpKind::MeanVarianceNormalization:
      return CompileMeanVarianceNormalization;
    case OpKind::LpNormalization:
      return CompileLpNormalization;
    case OpKind::LRN:
      return CompileLrn;
    case OpKind::GRU:
    case OpKind::LSTM:
    case OpKind::RNN:
      return CompileRecurrent;
    case OpKind::TopK:
      return CompileTopK;
#define ALICE_REDUCTION(kind, map, combine, finish) case OpKind::kind:
#include "ir/reduction.inc"
#undef ALICE_REDUCTION
      return CompileReduction;
    case OpKind::Exp:
      return CompileExp;
    case OpKind::Softmax:
      return CompileSoftmax;
    case OpKind::Cast:
      return CompileCast;
    case OpKind::QuantizeLinear:
      return CompileQuantizeLinear;
    case OpKind::DequantizeLinear:
      return CompileDequantizeLinear;
    case OpKind::DynamicQuantizeLinear:
      return CompileDynamicQuantizeLinear;
    case OpKind::MatMulInteger:
      return CompileMatMulInteger;
    case OpKind::QLinearMatMul:
      return CompileQLinearMatMul;
    // Views of their input.
    case OpKind::Flatten:
    case OpKind::Reshape:
    // Only as a part of the INT8 form of Conv.
    case OpKind::ConvInteger:
    // Gone after Optimize.
    case OpKind::Constant:
    case OpKind::Identity:
    case OpKind::MatMulNBits:
    case OpKind::QGemm:
    case OpKind::QLinearConv:
      return nullptr;
  }
  return nullptr;
}

CompileFunction FunctionForDecoded(const Node& node) {
  return node.kind == OpKind::Conv ? CompileDecodedConv : CompileDecodedGemm;
}

CompileFunction FunctionForQuantized(const Node& node) {
  if (IsFp8(node.quantized->scheme.weights.type)) return FunctionForDecoded(node);
  return node.kind == OpKind::Conv ? CompileQuantizedConv : CompileQuantizedGemm;
}

CompileFunction FunctionFor(const Node& node, Execution execution) {
  if (!node.quantized) return FunctionFor(node.kind);
  switch (execution) {
    case Execution::fp32:
      return FunctionFor(node.kind);
    case Execution::quantized:
      return FunctionForQuantized(node);
    case Execution::decoded:
      return FunctionForDecoded(node);
  }
  return nullptr;
}

}  // namespace

bool IsView(OpKind kind) { return kind == OpKind::Flatten || kind == OpKind::Reshape; }

Result<std::unique_ptr<Op>> CompileOp(const Graph& graph, const Node& node, Execution execution, Isa isa,
                                      Holdings& holdings) {
  const CompileContext context{graph, node, isa, holdings};
  const CompileFunction compile = FunctionFor(node, execution);
  if (compile == nullptr) {
    return MakeError(ErrorCode::model_unsupported_operator, "operator ", InfoOf(node.kind).name, " of node \"",
                     node.name, "\" cannot be executed on its own")
        .At(node.name);
  }
  auto op = compile(context);
  if (!op.ok()) return std::move(op).error().At(node.name);
  return op;
}

}  // namespace alice
