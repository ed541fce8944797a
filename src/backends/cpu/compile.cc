#include <algorithm>

#include "backends/backend.h"
#include "backends/cpu/ops.h"

namespace alice {
namespace {

using CompileFunction = CompiledOp (*)(const CompileContext&);

/// Shape and Size of known axes have become constants.
CompiledOp RefuseSymbolicShape(const CompileContext& context) {
  const SymbolicShape& shape = context.input(0).shape;
  const auto symbol = std::ranges::find_if(shape.dims, [](const Dim& dim) { return !dim.known(); });
  const std::string name =
      symbol == shape.dims.end() ? "" : context.graph.symbols[static_cast<std::size_t>(symbol->symbol)];
  return MakeError(ErrorCode::shape_unresolved, InfoOf(context.node.kind).name, " \"", context.node.name, "\" of ",
                   shape.ToString(context.graph.symbols), " depends on the axis \"", name,
                   "\", which is known only at run time");
}

CompileFunction FunctionFor(OpKind kind) {
  switch (kind) {
    case OpKind::Gemm:
    case OpKind::MatMul:
      return CompileGemm;
    case OpKind::Conv:
      return CompileConv;
    case OpKind::ConvInteger:
      return CompileConvInteger;
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
    case OpKind::PRelu:
    case OpKind::Sub:
      return CompileBinary;
    case OpKind::Celu:
    case OpKind::Elu:
    case OpKind::Gelu:
    case OpKind::HardSigmoid:
    case OpKind::HardSwish:
    case OpKind::LeakyRelu:
    case OpKind::Mish:
    case OpKind::Relu:
    case OpKind::Selu:
    case OpKind::Sigmoid:
    case OpKind::Softplus:
    case OpKind::Softsign:
    case OpKind::Tanh:
    case OpKind::ThresholdedRelu:
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
    case OpKind::Abs:
    case OpKind::Ceil:
    case OpKind::Erf:
    case OpKind::Exp:
    case OpKind::Floor:
    case OpKind::Log:
    case OpKind::Neg:
    case OpKind::Reciprocal:
    case OpKind::Round:
    case OpKind::Sign:
    case OpKind::Sqrt:
      return CompileUnary;
    case OpKind::Max:
    case OpKind::Mean:
    case OpKind::Min:
    case OpKind::Sum:
      return CompileVariadic;
    case OpKind::Equal:
    case OpKind::Greater:
    case OpKind::GreaterOrEqual:
    case OpKind::Less:
    case OpKind::LessOrEqual:
      return CompileComparison;
    case OpKind::And:
    case OpKind::Or:
    case OpKind::Xor:
      return CompileLogical;
    case OpKind::BitShift:
      return CompileBitShift;
    case OpKind::Clip:
      return CompileClip;
    case OpKind::Mod:
      return CompileMod;
    case OpKind::Not:
      return CompileNot;
    case OpKind::Pow:
      return CompilePow;
    case OpKind::Where:
      return CompileWhere;
    case OpKind::LogSoftmax:
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
    case OpKind::DepthToSpace:
      return CompileDepthToSpace;
    case OpKind::Expand:
      return CompileExpand;
    case OpKind::Gather:
      return CompileGather;
    case OpKind::Pad:
      return CompilePad;
    case OpKind::Resize:
      return CompileResize;
    case OpKind::Slice:
      return CompileSlice;
    case OpKind::SpaceToDepth:
      return CompileSpaceToDepth;
    case OpKind::Split:
      return CompileSplit;
    case OpKind::Tile:
      return CompileTile;
    case OpKind::Shape:
    case OpKind::Size:
      return RefuseSymbolicShape;
    // Views of their input.
    case OpKind::Flatten:
    case OpKind::Reshape:
    case OpKind::Squeeze:
    case OpKind::Unsqueeze:
    // Gone after Optimize.
    case OpKind::Constant:
    case OpKind::ConstantOfShape:
    case OpKind::Dropout:
    case OpKind::Identity:
    case OpKind::If:
    case OpKind::Loop:
    case OpKind::MatMulNBits:
    case OpKind::QGemm:
    case OpKind::QLinearConv:
    case OpKind::Range:
    case OpKind::Upsample:
      return nullptr;
  }
  return nullptr;
}

CompileFunction FunctionForDecoded(const Node& node) {
  if (std::holds_alternative<RecurrentAttributes>(node.attributes)) return CompileDecodedRecurrent;
  return node.kind == OpKind::Conv ? CompileDecodedConv : CompileDecodedGemm;
}

CompileFunction FunctionForQuantized(const Node& node) {
  if (IsFp8(node.quantized->scheme.weights.type)) return FunctionForDecoded(node);
  if (std::holds_alternative<RecurrentAttributes>(node.attributes)) return CompileQuantizedRecurrent;
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

bool IsView(OpKind kind) {
  return kind == OpKind::Flatten || kind == OpKind::Reshape || kind == OpKind::Squeeze || kind == OpKind::Unsqueeze;
}

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
