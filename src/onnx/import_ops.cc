#include "onnx/import_ops.h"

#include <algorithm>
#include <iterator>

#include "onnx/attribute_set.h"
#include "onnx/import_movement.h"
#include "onnx/limits.h"
#include "onnx/read_tensor.h"

namespace alice {
namespace {

Result<Attributes> ImportGemm(ImportContext& context) {
  GemmAttributes gemm;
  ALICE_ASSIGN_OR_RETURN(gemm.alpha, context.given.Float("alpha", gemm.alpha));
  ALICE_ASSIGN_OR_RETURN(gemm.beta, context.given.Float("beta", gemm.beta));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t trans_a, context.given.Int("transA", 0));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t trans_b, context.given.Int("transB", 0));
  gemm.trans_a = trans_a != 0;
  gemm.trans_b = trans_b != 0;
  return Attributes(gemm);
}

Result<Attributes> ImportSoftmax(ImportContext& context) {
  constexpr std::int64_t kFirstOverOneAxis = 13;
  SoftmaxAttributes softmax;
  softmax.flatten_from_axis = context.opset < kFirstOverOneAxis;
  ALICE_ASSIGN_OR_RETURN(softmax.axis, context.given.Int("axis", softmax.flatten_from_axis ? 1 : -1));
  return Attributes(softmax);
}

Result<Attributes> ImportFlatten(ImportContext& context) {
  FlattenAttributes flatten;
  ALICE_ASSIGN_OR_RETURN(flatten.axis, context.given.Int("axis", flatten.axis));
  return Attributes(flatten);
}

Result<Attributes> ImportReshape(ImportContext& context) {
  NodeFields& node = context.node;
  ReshapeAttributes reshape;
  ALICE_ASSIGN_OR_RETURN(const std::int64_t allow_zero, context.given.Int("allowzero", 0));
  reshape.allow_zero = allow_zero != 0;
  if (node.inputs.size() != 2) {
    return MakeError(ErrorCode::model_invalid_graph, Title(node), " needs two inputs, the data and the shape");
  }
  const std::string_view name = node.inputs.back();
  const Tensor* const shape = context.names.TakeConstant(name);
  if (shape == nullptr) {
    return MakeError(ErrorCode::shape_unresolved, Title(node), " takes its shape from \"", name,
                     "\", which is not a constant");
  }
  if (shape->dtype() != DType::i64 || shape->shape().rank() != 1) {
    return MakeError(ErrorCode::model_invalid_graph, "the shape \"", name, "\" of ", Title(node), " is ",
                     DTypeName(shape->dtype()), shape->shape().ToString(), " instead of an i64 vector");
  }
  const std::span<const std::int64_t> dims = shape->elements<const std::int64_t>();
  if (dims.size() > kMaxRank) {
    return MakeError(ErrorCode::model_limit, Title(node), " makes rank ", dims.size(), "; the most is ", kMaxRank);
  }
  if (std::any_of(dims.begin(), dims.end(), [](std::int64_t dim) { return dim < -1; }) ||
      std::count(dims.begin(), dims.end(), -1) > 1) {
    return MakeError(ErrorCode::model_invalid_graph, Title(node), " asks for the shape ", Shape(dims).ToString());
  }
  std::vector<std::int64_t> known;
  std::copy_if(dims.begin(), dims.end(), std::back_inserter(known), [](std::int64_t dim) { return dim > 0; });
  ALICE_RETURN_IF_ERROR(CheckElementCount(known, Title(node)));
  reshape.dims = Shape(dims);
  node.inputs.pop_back();
  return Attributes(reshape);
}

Result<Attributes> ImportCast(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const AttributeFields* const to, context.given.Take("to", AttributeType::integer));
  if (to == nullptr) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " lacks its attribute \"to\"");
  }
  ALICE_ASSIGN_OR_RETURN(const DType dtype, SupportedType(to->i, "the result of " + Title(context.node)));
  // `saturate` is about 8-bit floats only.
  ALICE_RETURN_IF_ERROR(context.given.Int("saturate", 1));
  return Attributes(CastAttributes{dtype});
}

Result<Attributes> ImportBatchNormalization(ImportContext& context) {
  constexpr std::int64_t kFirstWithTrainingMode = 14;
  BatchNormalizationAttributes normalization;
  ALICE_ASSIGN_OR_RETURN(normalization.epsilon, context.given.Float("epsilon", normalization.epsilon));
  // `momentum` is about training only; `spatial` ended with operator set 9.
  ALICE_RETURN_IF_ERROR(context.given.Float("momentum", 0.0f));
  ALICE_RETURN_IF_ERROR(context.given.Only("spatial", 1));
  if (context.opset >= kFirstWithTrainingMode) ALICE_RETURN_IF_ERROR(context.given.Only("training_mode", 0));
  if (context.node.outputs.size() > 1) {
    return MakeError(ErrorCode::model_unsupported_attribute, Title(context.node),
                     " gives the statistics of training; only inference is supported");
  }
  return Attributes(normalization);
}

Result<Attributes> ImportQuantizeLinear(ImportContext& context) {
  QuantizeLinearAttributes quantize;
  ALICE_RETURN_IF_ERROR(context.given.Only("block_size", 0));
  // `saturate` is about 8-bit floats only.
  ALICE_RETURN_IF_ERROR(context.given.Int("saturate", 1));
  ALICE_ASSIGN_OR_RETURN(quantize.axis, context.given.Int("axis", quantize.axis));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t to, context.given.Int("output_dtype", 0));
  if (to != 0) {
    ALICE_ASSIGN_OR_RETURN(quantize.to, SupportedType(to, "the result of " + Title(context.node)));
  }
  return Attributes(quantize);
}

Result<Attributes> ImportDequantizeLinear(ImportContext& context) {
  DequantizeLinearAttributes dequantize;
  ALICE_ASSIGN_OR_RETURN(dequantize.axis, context.given.Int("axis", dequantize.axis));
  ALICE_ASSIGN_OR_RETURN(dequantize.block_size, context.given.Int("block_size", 0));
  if (dequantize.block_size < 0) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has blocks of ", dequantize.block_size);
  }
  ALICE_ASSIGN_OR_RETURN(const std::int64_t to, context.given.Int("output_dtype", 0));
  if (to != 0 && to != OnnxDataType(DType::f32)) {
    return MakeError(ErrorCode::model_unsupported_type, "the result of ", Title(context.node), " is to be ",
                     OnnxTypeName(to), ", only FLOAT is supported");
  }
  return Attributes(dequantize);
}

Result<Attributes> ImportTranspose(ImportContext& context) {
  TransposeAttributes transpose;
  ALICE_ASSIGN_OR_RETURN(transpose.permutation, context.given.Ints("perm"));
  return Attributes(transpose);
}

Result<Attributes> ImportConcat(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const AttributeFields* const axis, context.given.Take("axis", AttributeType::integer));
  if (axis == nullptr) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " lacks its attribute \"axis\"");
  }
  return Attributes(ConcatAttributes{axis->i});
}

Result<Attributes> ImportMatMulNBits(ImportContext& context) {
  constexpr std::int64_t kInt8 = 4;  // of `accuracy_level`: the least precise type that A may be brought to
  MatMulNBitsAttributes product;
  ALICE_ASSIGN_OR_RETURN(product.k, context.given.Int("K", 0));
  ALICE_ASSIGN_OR_RETURN(product.n, context.given.Int("N", 0));
  ALICE_ASSIGN_OR_RETURN(product.block_size, context.given.Int("block_size", 0));
  ALICE_RETURN_IF_ERROR(context.given.Only("bits", 4));
  ALICE_RETURN_IF_ERROR(context.given.Only("weight_prepacked", 0));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t accuracy_level, context.given.Int("accuracy_level", 0));
  product.quantizes_a = accuracy_level == kInt8;
  if (context.node.inputs.size() > 4 && !context.node.inputs[4].empty()) {
    return MakeError(ErrorCode::model_unsupported_attribute, Title(context.node),
                     " gives the groups of its rows (g_idx), which is not supported");
  }
  return Attributes(product);
}

template <ActivationKind kActivation>
Result<Attributes> ImportActivation(ImportContext& context) {
  return ImportActivation(kActivation, context);
}

Result<Attributes> ImportGlobalPool(ImportContext&) { return Attributes(GlobalPoolAttributes{}); }

Result<Attributes> ImportPlain(ImportContext&) { return Attributes(); }

using Importer = Result<Attributes> (*)(ImportContext&);

Importer ImporterOf(OpKind kind) {
  switch (kind) {
    case OpKind::Gemm:
    case OpKind::QGemm:
      return ImportGemm;
    case OpKind::LogSoftmax:
    case OpKind::Softmax:
      return ImportSoftmax;
    case OpKind::Flatten:
      return ImportFlatten;
    case OpKind::Reshape:
      return ImportReshape;
    case OpKind::Cast:
      return ImportCast;
    case OpKind::BatchNormalization:
      return ImportBatchNormalization;
    case OpKind::QuantizeLinear:
      return ImportQuantizeLinear;
    case OpKind::DequantizeLinear:
      return ImportDequantizeLinear;
    case OpKind::Conv:
    case OpKind::ConvInteger:
    case OpKind::QLinearConv:
      return ImportConv;
    case OpKind::MaxPool:
      return ImportMaxPool;
    case OpKind::AveragePool:
      return ImportAveragePool;
    case OpKind::GlobalAveragePool:
    case OpKind::GlobalMaxPool:
      return ImportGlobalPool;
    case OpKind::Transpose:
      return ImportTranspose;
    case OpKind::Concat:
      return ImportConcat;
    case OpKind::MatMulNBits:
      return ImportMatMulNBits;
    case OpKind::BitShift:
      return ImportBitShift;
    case OpKind::Slice:
      return ImportSlice;
    case OpKind::Gather:
      return ImportGather;
    case OpKind::Squeeze:
      return ImportSqueeze;
    case OpKind::Unsqueeze:
      return ImportUnsqueeze;
    case OpKind::Expand:
      return ImportExpand;
    case OpKind::Tile:
      return ImportTile;
    case OpKind::Pad:
      return ImportPad;
    case OpKind::Split:
      return ImportSplit;
    case OpKind::Shape:
      return ImportShape;
    case OpKind::ConstantOfShape:
      return ImportConstantOfShape;
    case OpKind::DepthToSpace:
      return ImportDepthToSpace;
    case OpKind::SpaceToDepth:
      return ImportSpaceToDepth;
    case OpKind::Dropout:
      return ImportDropout;
    case OpKind::Resize:
      return ImportResize;
    case OpKind::Upsample:
      return ImportUpsample;
    case OpKind::Clip:
      return ImportClip;
    case OpKind::Gelu:
      return ImportGelu;
    case OpKind::Mod:
      return ImportMod;
    case OpKind::Celu:
      return ImportActivation<ActivationKind::celu>;
    case OpKind::Elu:
      return ImportActivation<ActivationKind::elu>;
    case OpKind::HardSigmoid:
      return ImportActivation<ActivationKind::hard_sigmoid>;
    case OpKind::HardSwish:
      return ImportActivation<ActivationKind::hard_swish>;
    case OpKind::LeakyRelu:
      return ImportActivation<ActivationKind::leaky_relu>;
    case OpKind::Mish:
      return ImportActivation<ActivationKind::mish>;
    case OpKind::Relu:
      return ImportActivation<ActivationKind::relu>;
    case OpKind::Selu:
      return ImportActivation<ActivationKind::selu>;
    case OpKind::Sigmoid:
      return ImportActivation<ActivationKind::sigmoid>;
    case OpKind::Softplus:
      return ImportActivation<ActivationKind::softplus>;
    case OpKind::Softsign:
      return ImportActivation<ActivationKind::softsign>;
    case OpKind::Tanh:
      return ImportActivation<ActivationKind::tanh>;
    case OpKind::ThresholdedRelu:
      return ImportActivation<ActivationKind::thresholded_relu>;
    case OpKind::ArgMax:
    case OpKind::ArgMin:
      return ImportArgExtreme;
    case OpKind::ConvTranspose:
      return ImportConvTranspose;
    case OpKind::GroupNormalization:
    case OpKind::InstanceNormalization:
    case OpKind::LayerNormalization:
      return ImportNormalization;
    case OpKind::MeanVarianceNormalization:
      return ImportMeanVarianceNormalization;
    case OpKind::LpNormalization:
      return ImportLpNormalization;
    case OpKind::LRN:
      return ImportLrn;
    case OpKind::GRU:
    case OpKind::LSTM:
    case OpKind::RNN:
      return ImportRecurrent;
    case OpKind::TopK:
      return ImportTopK;
#define ALICE_REDUCTION(kind, map, combine, finish) case OpKind::kind:
#include "ir/reduction.inc"
#undef ALICE_REDUCTION
      return ImportReduction;
    default:
      return ImportPlain;
  }
}

}  // namespace

Result<Attributes> ImportAttributes(OpKind kind, NodeFields& node, std::int64_t opset, NameTable& names) {
  ImportContext context{node, opset, names, AttributeSet(node)};
  ALICE_ASSIGN_OR_RETURN(Attributes attributes, ImporterOf(kind)(context));
  ALICE_RETURN_IF_ERROR(context.given.CheckAllTaken());
  return attributes;
}

Result<Tensor> ImportConstant(const NodeFields& node, MemoryBudget& budget) {
  if (node.attributes.size() != 1) {
    return MakeError(ErrorCode::model_invalid_graph, Title(node), " has ", node.attributes.size(),
                     " attributes instead of one value");
  }
  const AttributeFields& attribute = node.attributes.front();
  const auto is = [&](std::string_view name, AttributeType type) {
    return attribute.name == name && attribute.type == type;
  };
  if (is("value", AttributeType::tensor)) {
    ALICE_ASSIGN_OR_RETURN(NamedTensor named, ReadTensor(attribute.tensor, node.outputs.front(), budget));
    return std::move(named.tensor);
  }
  if (is("value_floats", AttributeType::reals))
    return ReadAttributeList(attribute.bytes, AttributeField::floats, budget);
  if (is("value_ints", AttributeType::integers))
    return ReadAttributeList(attribute.bytes, AttributeField::ints, budget);
  if (is("value_float", AttributeType::real)) {
    ALICE_ASSIGN_OR_RETURN(Tensor scalar, MakeConstant(DType::f32, {}, budget));
    scalar.elements<float>()[0] = attribute.f;
    return scalar;
  }
  if (is("value_int", AttributeType::integer)) {
    ALICE_ASSIGN_OR_RETURN(Tensor scalar, MakeConstant(DType::i64, {}, budget));
    scalar.elements<std::int64_t>()[0] = attribute.i;
    return scalar;
  }
  return MakeError(ErrorCode::model_unsupported_attribute, "the attribute \"", attribute.name, "\" of ", Title(node),
                   " is not supported");
}

}  // namespace alice
