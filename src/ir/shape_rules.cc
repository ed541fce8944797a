#include "ir/shape_rules.h"

#include "ir/rule_checks.h"
#include "ir/shape_inference.h"
#include "ir/shape_math.h"
#include "ir/shape_movement.h"
#include "ir/shape_product.h"

namespace alice {
namespace {

constexpr ShapeRule InferAbs = InferUnaryNumber;
constexpr ShapeRule InferAdd = InferBroadcastNumber;
constexpr ShapeRule InferAnd = InferBroadcastBoolean;
constexpr ShapeRule InferCeil = InferUnaryF32;
constexpr ShapeRule InferCelu = InferUnaryF32;
constexpr ShapeRule InferDiv = InferBroadcastNumber;
constexpr ShapeRule InferElu = InferUnaryF32;
constexpr ShapeRule InferErf = InferUnaryF32;
constexpr ShapeRule InferExp = InferUnaryF32;
constexpr ShapeRule InferFloor = InferUnaryF32;
constexpr ShapeRule InferGelu = InferUnaryF32;
constexpr ShapeRule InferGreater = InferOrder;
constexpr ShapeRule InferGreaterOrEqual = InferOrder;
constexpr ShapeRule InferHardSigmoid = InferUnaryF32;
constexpr ShapeRule InferHardSwish = InferUnaryF32;
constexpr ShapeRule InferIdentity = InferSame;
constexpr ShapeRule InferArgMax = InferArgExtreme;
constexpr ShapeRule InferArgMin = InferArgExtreme;
constexpr ShapeRule InferGRU = InferRecurrent;
constexpr ShapeRule InferLSTM = InferRecurrent;
constexpr ShapeRule InferRNN = InferRecurrent;
#define ALICE_REDUCTION(kind, map, combine, finish) constexpr ShapeRule Infer##kind = InferReduction;
#include "ir/reduction.inc"
#undef ALICE_REDUCTION
constexpr ShapeRule InferLeakyRelu = InferUnaryF32;
constexpr ShapeRule InferLess = InferOrder;
constexpr ShapeRule InferLessOrEqual = InferOrder;
constexpr ShapeRule InferLog = InferUnaryF32;
constexpr ShapeRule InferMax = InferBroadcastNumber;
constexpr ShapeRule InferMean = InferBroadcastF32;
constexpr ShapeRule InferMin = InferBroadcastNumber;
constexpr ShapeRule InferMish = InferUnaryF32;
constexpr ShapeRule InferMul = InferBroadcastNumber;
constexpr ShapeRule InferNeg = InferUnaryNumber;
constexpr ShapeRule InferOr = InferBroadcastBoolean;
constexpr ShapeRule InferReciprocal = InferUnaryF32;
constexpr ShapeRule InferRelu = InferUnaryF32;
constexpr ShapeRule InferRound = InferUnaryF32;
constexpr ShapeRule InferSelu = InferUnaryF32;
constexpr ShapeRule InferSigmoid = InferUnaryF32;
constexpr ShapeRule InferSign = InferUnaryNumber;
constexpr ShapeRule InferSoftplus = InferUnaryF32;
constexpr ShapeRule InferSoftsign = InferUnaryF32;
constexpr ShapeRule InferSqrt = InferUnaryF32;
constexpr ShapeRule InferSub = InferBroadcastNumber;
constexpr ShapeRule InferSum = InferBroadcastF32;
constexpr ShapeRule InferTanh = InferUnaryF32;
constexpr ShapeRule InferThresholdedRelu = InferUnaryF32;
constexpr ShapeRule InferXor = InferBroadcastBoolean;

Status InferConstant(const RuleInput&, std::span<TensorType>) {
  return MakeError(ErrorCode::model_invalid_graph, "a Constant has to become an initializer at import");
}

Status InferIf(const RuleInput&, std::span<TensorType>) {
  return MakeError(ErrorCode::model_invalid_graph, "an If has to become its branches at import");
}

Status InferLoop(const RuleInput&, std::span<TensorType>) {
  return MakeError(ErrorCode::model_invalid_graph, "a Loop has to become its iterations at import");
}

Status InferUpsample(const RuleInput&, std::span<TensorType>) {
  return MakeError(ErrorCode::model_invalid_graph, "an Upsample has to become a Resize at import");
}

Status InferCast(const RuleInput& in, std::span<TensorType> out) {
  out[0] = {std::get<CastAttributes>(in.node.attributes).to, in.shape(0)};
  return {};
}

Status InferSoftmax(const RuleInput& in, std::span<TensorType> out) {
  const auto& attributes = std::get<SoftmaxAttributes>(in.node.attributes);
  const auto last = static_cast<std::int64_t>(in.shape(0).rank()) - 1;
  ALICE_RETURN_IF_ERROR(AxisOf(in, attributes.axis, last));
  return InferUnaryF32(in, out);
}

constexpr ShapeRule InferLogSoftmax = InferSoftmax;

Status InferFlatten(const RuleInput& in, std::span<TensorType> out) {
  const SymbolicShape& shape = in.shape(0);
  const std::int64_t given = std::get<FlattenAttributes>(in.node.attributes).axis;
  ALICE_ASSIGN_OR_RETURN(const std::size_t axis, AxisOf(in, given, static_cast<std::int64_t>(shape.rank())));
  out[0].dtype = in.value(0).dtype;
  const std::span<const Dim> dims(shape.dims);
  for (const std::span<const Dim> part : {dims.first(axis), dims.subspan(axis)}) {
    ALICE_ASSIGN_OR_RETURN(const SymbolicProduct product, ProductOf(part));
    const std::optional<Dim> dim = AsDim(product);
    if (!dim) {
      return MakeError(ErrorCode::shape_unresolved, "the shape ", in.Text(shape), " cannot be flattened at axis ",
                       given, " before the symbolic axes are known");
    }
    out[0].shape.dims.push_back(*dim);
  }
  return {};
}

Status InferGemm(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireF32(in));
  const auto& attributes = std::get<GemmAttributes>(in.node.attributes);
  const SymbolicShape& a = in.shape(0);
  const SymbolicShape& b = in.shape(1);
  if (a.rank() != 2 || b.rank() != 2) {
    return MakeError(ErrorCode::shape_mismatch, "A ", in.Text(a), " and B ", in.Text(b), " must be of rank 2");
  }
  const std::size_t k_of_a = attributes.trans_a ? 0 : 1;
  const std::size_t k_of_b = attributes.trans_b ? 1 : 0;
  if (a.dims[k_of_a] != b.dims[k_of_b]) {
    return MakeError(ErrorCode::shape_mismatch, "A ", in.Text(a), attributes.trans_a ? " transposed" : "", " and B ",
                     in.Text(b), attributes.trans_b ? " transposed" : "", " do not multiply");
  }
  out[0].shape.dims = {a.dims[1 - k_of_a], b.dims[1 - k_of_b]};
  if (!in.Has(2)) return {};
  const Result<SymbolicShape> sum = BroadcastShapes(out[0].shape, in.shape(2), in.graph);
  if (!sum.ok() || *sum != out[0].shape) {
    return MakeError(ErrorCode::shape_mismatch, "C ", in.Text(in.shape(2)), " does not broadcast to the product ",
                     in.Text(out[0].shape));
  }
  return {};
}

Status InferBatchNormalization(const RuleInput& in, std::span<TensorType> out) {
  const SymbolicShape& x = in.shape(0);
  if (x.rank() < 2) {
    return MakeError(ErrorCode::shape_mismatch, "X ", in.Text(x), " has no channel axis");
  }
  for (std::size_t index = 1; index < 5; ++index) {
    if (in.shape(index).rank() != 1 || in.shape(index).dims[0] != x.dims[1]) {
      return MakeError(ErrorCode::shape_mismatch, "\"", in.value(index).name, "\" ", in.Text(in.shape(index)),
                       " does not fit the channels (axis 1) of X ", in.Text(x));
    }
  }
  return InferUnaryF32(in, out);
}

constexpr ShapeRule kRules[] = {
#define ALICE_OP(kind, domain, min_inputs, max_inputs, first_opset, attributes, text) Infer##kind,
#include "ir/op_kind.inc"
#undef ALICE_OP
};

}  // namespace

ShapeRule ShapeRuleOf(OpKind kind) { return kRules[static_cast<std::size_t>(kind)]; }

}  // namespace alice
