#include "onnx/attribute_set.h"

namespace alice {

Result<Attributes> ImportNormalization(ImportContext& context) {
  constexpr std::int64_t kFirstWithScalesOfChannels = 21;
  NormalizationAttributes norm;
  ALICE_ASSIGN_OR_RETURN(norm.epsilon, context.given.Float("epsilon", norm.epsilon));
  if (context.node.op_type == "LayerNormalization") {
    ALICE_ASSIGN_OR_RETURN(norm.axis, context.given.Int("axis", norm.axis));
    ALICE_RETURN_IF_ERROR(context.given.Only("stash_type", 1));
  } else if (context.node.op_type == "GroupNormalization") {
    ALICE_ASSIGN_OR_RETURN(norm.groups, context.given.Int("num_groups", 0));
    ALICE_RETURN_IF_ERROR(context.given.Only("stash_type", 1));
    norm.scales_of_groups = context.opset < kFirstWithScalesOfChannels;
  }
  if (norm.groups >= 1) return Attributes(norm);
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has ", norm.groups, " groups");
}

Result<Attributes> ImportMeanVarianceNormalization(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(Shape axes, context.given.Ints("axes"));
  if (axes.rank() == 0) axes = {0, 2, 3};
  return Attributes(MeanVarianceAttributes{axes});
}

Result<Attributes> ImportLpNormalization(ImportContext& context) {
  LpNormalizationAttributes norm;
  ALICE_ASSIGN_OR_RETURN(norm.axis, context.given.Int("axis", norm.axis));
  ALICE_ASSIGN_OR_RETURN(norm.p, context.given.Int("p", norm.p));
  if (norm.p == 1 || norm.p == 2) return Attributes(norm);
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has the norm ", norm.p,
                   "; there are only 1 and 2");
}

Result<Attributes> ImportLrn(ImportContext& context) {
  LrnAttributes lrn;
  ALICE_ASSIGN_OR_RETURN(lrn.alpha, context.given.Float("alpha", lrn.alpha));
  ALICE_ASSIGN_OR_RETURN(lrn.beta, context.given.Float("beta", lrn.beta));
  ALICE_ASSIGN_OR_RETURN(lrn.bias, context.given.Float("bias", lrn.bias));
  ALICE_ASSIGN_OR_RETURN(lrn.size, context.given.Int("size", 0));
  if (lrn.size >= 1 && lrn.size <= kMaxElements) return Attributes(lrn);
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " goes over ", lrn.size, " channels");
}

}  // namespace alice
