#pragma once

#include <memory>

#include "backends/backend.h"
#include "backends/holdings.h"
#include "kernels/isa.h"

namespace alice {

/// What an operator is compiled from.
struct CompileContext {
  const Graph& graph;
  const Node& node;
  Isa isa;
  Holdings& holdings;

  [[nodiscard]] const Value& input(std::size_t index) const { return graph.value(node.inputs[index]); }
  [[nodiscard]] bool has_input(std::size_t index) const {
    return index < node.inputs.size() && node.inputs[index] != kNoValue;
  }
  /// The elements of a constant f32 input, or null where the input is not given.
  [[nodiscard]] const float* constant_f32(std::size_t index) const {
    return has_input(index) ? input(index).constant->elements<const float>().data() : nullptr;
  }
};

using CompiledOp = Result<std::unique_ptr<Op>>;

// One function for each family; CompileOp (compile.cc) has the table of which operator goes where.
CompiledOp CompileGemm(const CompileContext& context);           // Gemm, MatMul
CompiledOp CompileQuantizedGemm(const CompileContext& context);  // Gemm, MatMul with `quantized`, integer weights
CompiledOp CompileDecodedGemm(
    const CompileContext& context);                     // the same in float, with the weights that codes stand for
CompiledOp CompileConv(const CompileContext& context);  // Conv, channels_last
CompiledOp CompileQuantizedConv(const CompileContext& context);       // the same with `quantized`, integer weights
CompiledOp CompileQuantizedDepthwise(const CompileContext& context);  // of these the depthwise ones
CompiledOp CompileDecodedConv(
    const CompileContext& context);  // the same in float, with the weights that codes stand for
CompiledOp CompileConvInteger(const CompileContext& context);
CompiledOp CompilePlanePool(const CompileContext& context);   // the same without channels_last
CompiledOp CompilePool(const CompileContext& context);        // MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool
CompiledOp CompileReduction(const CompileContext& context);   // the list of ir/reduction.inc
CompiledOp CompileArgExtreme(const CompileContext& context);  // ArgMax, ArgMin
CompiledOp CompileConvTranspose(const CompileContext& context);
CompiledOp CompileNormalization(const CompileContext& context);  // Group-, Instance- and LayerNormalization
CompiledOp CompileMeanVarianceNormalization(const CompileContext& context);
CompiledOp CompileLpNormalization(const CompileContext& context);
CompiledOp CompileLrn(const CompileContext& context);
CompiledOp CompileBatchNormalization(const CompileContext& context);
CompiledOp CompileTopK(const CompileContext& context);
CompiledOp CompileRecurrent(const CompileContext& context);           // LSTM, GRU, RNN
CompiledOp CompileSplitRecurrent(const CompileContext& context);      // of these those that take products
CompiledOp CompileQuantizedRecurrent(const CompileContext& context);  // of those the ones with `quantized`
CompiledOp CompileDecodedRecurrent(
    const CompileContext& context);  // the same in float, with the weights that codes stand for
CompiledOp CompileTranspose(const CompileContext& context);
CompiledOp CompileConcat(const CompileContext& context);
CompiledOp CompileDepthToSpace(const CompileContext& context);
CompiledOp CompileExpand(const CompileContext& context);
CompiledOp CompileGather(const CompileContext& context);
CompiledOp CompilePad(const CompileContext& context);
CompiledOp CompileResize(const CompileContext& context);
CompiledOp CompileSlice(const CompileContext& context);
CompiledOp CompileSpaceToDepth(const CompileContext& context);
CompiledOp CompileSplit(const CompileContext& context);
CompiledOp CompileTile(const CompileContext& context);
CompiledOp CompileActivation(const CompileContext& context);
CompiledOp CompileBinary(const CompileContext& context);  // Add, Div, Mul, PRelu, Sub
CompiledOp CompileBitShift(const CompileContext& context);
CompiledOp CompileClip(const CompileContext& context);
CompiledOp CompileComparison(const CompileContext& context);  // Equal, Greater, GreaterOrEqual, Less, LessOrEqual
CompiledOp CompileLogical(const CompileContext& context);     // And, Or, Xor
CompiledOp CompileMod(const CompileContext& context);
CompiledOp CompileNot(const CompileContext& context);
CompiledOp CompilePow(const CompileContext& context);
CompiledOp CompileUnary(const CompileContext& context);     // the operators of kernels/unary_f32
CompiledOp CompileVariadic(const CompileContext& context);  // Max, Mean, Min, Sum
CompiledOp CompileWhere(const CompileContext& context);
CompiledOp CompileSoftmax(const CompileContext& context);  // Softmax, LogSoftmax
CompiledOp CompileCast(const CompileContext& context);
CompiledOp CompileQuantizeLinear(const CompileContext& context);
CompiledOp CompileDequantizeLinear(const CompileContext& context);
CompiledOp CompileDynamicQuantizeLinear(const CompileContext& context);
CompiledOp CompileMatMulInteger(const CompileContext& context);
CompiledOp CompileQLinearMatMul(const CompileContext& context);

}  // namespace alice
