#include "ir/activation_op.h"
#include "onnx/attribute_set.h"

namespace alice {
namespace {

/// Makes the f32 constant that input `index` of a Clip gives, if it gives one, the `bound`. False where the input is
/// something else.
bool TakeBound(ImportContext& context, std::size_t index, float& bound) {
  const NodeFields& node = context.node;
  if (node.inputs.size() <= index || node.inputs[index].empty()) return true;
  const Tensor* const constant = context.names.TakeConstant(node.inputs[index]);
  if (constant == nullptr || constant->dtype() != DType::f32 || constant->shape().elements() != 1) return false;
  bound = constant->elements<const float>()[0];
  return true;
}

}  // namespace

Result<Attributes> ImportActivation(ActivationKind kind, ImportContext& context) {
  Activation activation{kind};
  for (const ActivationParameter& parameter : ParametersOf(kind)) {
    ALICE_ASSIGN_OR_RETURN(activation.*parameter.member, context.given.Float(parameter.name, parameter.otherwise));
  }
  return Attributes(activation);
}

Result<Attributes> ImportClip(ImportContext& context) {
  constexpr std::int64_t kFirstWithInputs = 11;
  Activation clip{ActivationKind::clip};
  if (context.opset < kFirstWithInputs) {
    ALICE_ASSIGN_OR_RETURN(clip.low, context.given.Float("min", clip.low));
    ALICE_ASSIGN_OR_RETURN(clip.high, context.given.Float("max", clip.high));
    return Attributes(clip);
  }
  if (!TakeBound(context, 1, clip.low) || !TakeBound(context, 2, clip.high)) return Attributes();
  if (context.node.inputs.size() > 1 && context.node.inputs.size() <= 3) context.node.inputs.resize(1);
  return Attributes(clip);
}

Result<Attributes> ImportGelu(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const std::string_view by, context.given.String("approximate", "none"));
  if (by == "none") return Attributes(Activation{ActivationKind::gelu});
  if (by == "tanh") return Attributes(Activation{ActivationKind::gelu_tanh});
  return MakeError(ErrorCode::model_unsupported_attribute, Title(context.node), " is approximated by \"", by,
                   "\"; supported are none and tanh");
}

Result<Attributes> ImportMod(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const std::int64_t fmod, context.given.Int("fmod", 0));
  return Attributes(ModAttributes{fmod != 0});
}

Result<Attributes> ImportBitShift(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const std::string_view direction, context.given.String("direction", ""));
  if (direction == "LEFT" || direction == "RIGHT") return Attributes(BitShiftAttributes{direction == "LEFT"});
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " shifts to the direction \"", direction,
                   "\" instead of LEFT or RIGHT");
}

}  // namespace alice
