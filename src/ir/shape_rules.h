#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "ir/graph.h"

namespace alice {

/// What is known of a tensor before it has elements.
struct TensorType {
  DType dtype = DType::f32;
  SymbolicShape shape;
};

/// One node as a shape rule sees it.
struct RuleInput {
  const Graph& graph;
  const Node& node;

  [[nodiscard]] bool Has(std::size_t index) const {
    return index < node.inputs.size() && node.inputs[index] != kNoValue;
  }
  [[nodiscard]] const Value& value(std::size_t index) const { return graph.value(node.inputs[index]); }
  [[nodiscard]] const SymbolicShape& shape(std::size_t index) const { return value(index).shape; }
  /// "[batch, 12]"
  [[nodiscard]] std::string Text(const SymbolicShape& shape) const { return shape.ToString(graph.symbols); }
};

/// The types of a node's outputs from those of its inputs and its attributes. Requires a node that passed
/// Verify and an output span of its operator's length. Errors do not name the node: InferShapes does.
using ShapeRule = Status (*)(const RuleInput& in, std::span<TensorType> out);

/// The rule of `kind`, as ONNX's operator set 17 defines the operator (its attributes hold older meanings).
ShapeRule ShapeRuleOf(OpKind kind);

/// ONNX Reshape-14 (ir/shape_reshape.cc). Symbols move to where the known factors on both sides cancel:
/// [batch, 3, 4] to [-1, 12] is [batch, 12]; [batch, 12] to [-1, 4] is shape_unresolved.
Status InferReshape(const RuleInput& in, std::span<TensorType> out);

/// ONNX MatMul-13 and MatMulInteger-10, QLinearMatMul-10 (ir/shape_matmul.cc): numpy's matmul, where a vector on
/// either side stands for one row or column and batch axes broadcast. Scales and zero points are one element, or one
/// for each row of A ([M] or [..., M, 1]), column of B ([N] or [..., 1, N]).
Status InferMatMul(const RuleInput& in, std::span<TensorType> out);
Status InferMatMulInteger(const RuleInput& in, std::span<TensorType> out);
Status InferQLinearMatMul(const RuleInput& in, std::span<TensorType> out);

/// com.microsoft MatMulNBits-1 (ir/shape_matmul_nbits.cc), as MatMulNBitsAttributes describes it.
Status InferMatMulNBits(const RuleInput& in, std::span<TensorType> out);

/// com.microsoft QGemm-1 (ir/shape_qgemm.cc): A, its scale and zero point, B likewise, per tensor or per column, C, the
/// result's scale and zero point; without those it is f32. All but A, C included, are constants.
Status InferQGemm(const RuleInput& in, std::span<TensorType> out);

/// ONNX QuantizeLinear-13, DequantizeLinear-13, DynamicQuantizeLinear-11 (ir/shape_quantized.cc). Scale and zero point
/// are one element, or a vector along `axis`; of DequantizeLinear-21 also blocks along it, of constants, and codes of
/// 4 bits and FP8, which are constants too.
Status InferQuantizeLinear(const RuleInput& in, std::span<TensorType> out);
Status InferDequantizeLinear(const RuleInput& in, std::span<TensorType> out);
Status InferDynamicQuantizeLinear(const RuleInput& in, std::span<TensorType> out);

/// ONNX Conv-11, MaxPool-12, AveragePool-19, GlobalAveragePool-1 (ir/shape_window.cc), in both layouts (ConvAttributes).
Status InferConv(const RuleInput& in, std::span<TensorType> out);
Status InferConvInteger(const RuleInput& in, std::span<TensorType> out);
/// ONNX QLinearConv-10: x, w and y with scales and zero points, of x and y per tensor, of w also per output channel.
Status InferQLinearConv(const RuleInput& in, std::span<TensorType> out);
Status InferMaxPool(const RuleInput& in, std::span<TensorType> out);
Status InferAveragePool(const RuleInput& in, std::span<TensorType> out);
Status InferGlobalAveragePool(const RuleInput& in, std::span<TensorType> out);
Status InferGlobalMaxPool(const RuleInput& in, std::span<TensorType> out);

/// The reductions of ir/reduction.inc, ArgMax-13, ArgMin-13, TopK-11 (ir/shape_reduction.cc). Any axis may be symbolic.
Status InferReduction(const RuleInput& in, std::span<TensorType> out);
Status InferArgExtreme(const RuleInput& in, std::span<TensorType> out);
Status InferTopK(const RuleInput& in, std::span<TensorType> out);

/// ONNX LSTM-14, GRU-14, RNN-14 (ir/shape_recurrent.cc), as RecurrentAttributes describes them. W and R have known shapes.
Status InferRecurrent(const RuleInput& in, std::span<TensorType> out);

/// ONNX ConvTranspose-11 (ir/shape_conv_transpose.cc). W and the spatial axes of X are known.
Status InferConvTranspose(const RuleInput& in, std::span<TensorType> out);

/// The normalizations of NormalizationAttributes and those below it (ir/shape_normalization.cc). LayerNormalization's
/// other outputs are the mean and 1 / √(variance + epsilon), its axes 1.
Status InferInstanceNormalization(const RuleInput& in, std::span<TensorType> out);
Status InferGroupNormalization(const RuleInput& in, std::span<TensorType> out);
Status InferLayerNormalization(const RuleInput& in, std::span<TensorType> out);
Status InferMeanVarianceNormalization(const RuleInput& in, std::span<TensorType> out);
Status InferLpNormalization(const RuleInput& in, std::span<TensorType> out);
Status InferLRN(const RuleInput& in, std::span<TensorType> out);

/// ONNX Transpose-13, Concat-13 (ir/shape_layout.cc). A symbolic axis is joined with nothing.
Status InferTranspose(const RuleInput& in, std::span<TensorType> out);
Status InferConcat(const RuleInput& in, std::span<TensorType> out);

}  // namespace alice
