#include <algorithm>

#include "ir/rule_checks.h"

namespace alice {
namespace {

Status InferSameF32(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireF32(in));
  out[0].shape = in.shape(0);
  return {};
}

Status RequireChannels(const RuleInput& in) {
  if (in.shape(0).rank() >= 2) return {};
  return MakeError(ErrorCode::shape_mismatch, "X ", in.Text(in.shape(0)), " has no channel axis");
}

/// Scale and B, the inputs 1 and 2, are vectors of that length.
Status CheckVectors(const RuleInput& in, const Dim& length) {
  for (const std::size_t index : {std::size_t{1}, std::size_t{2}}) {
    if (in.shape(index).dims == std::vector<Dim>{length}) continue;
    return MakeError(ErrorCode::shape_mismatch, "\"", in.value(index).name, "\" ", in.Text(in.shape(index)),
                     " does not fit X ", in.Text(in.shape(0)));
  }
  return {};
}

}  // namespace

Status InferInstanceNormalization(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireChannels(in));
  ALICE_RETURN_IF_ERROR(CheckVectors(in, in.shape(0).dims[1]));
  return InferSameF32(in, out);
}

Status InferGroupNormalization(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireChannels(in));
  const auto& norm = std::get<NormalizationAttributes>(in.node.attributes);
  const Dim channels = in.shape(0).dims[1];
  if (!channels.known() || channels.size % norm.groups != 0) {
    return MakeError(ErrorCode::shape_mismatch, "the channels (axis 1) of X ", in.Text(in.shape(0)),
                     " are not divided into ", norm.groups, " groups");
  }
  ALICE_RETURN_IF_ERROR(CheckVectors(in, norm.scales_of_groups ? Dim::Known(norm.groups) : channels));
  return InferSameF32(in, out);
}

Status InferLayerNormalization(const RuleInput& in, std::span<TensorType> out) {
  const SymbolicShape& x = in.shape(0);
  const std::int64_t given = std::get<NormalizationAttributes>(in.node.attributes).axis;
  ALICE_ASSIGN_OR_RETURN(const std::size_t axis, AxisOf(in, given, static_cast<std::int64_t>(x.rank()) - 1));
  const SymbolicShape normalized{{x.dims.begin() + static_cast<std::ptrdiff_t>(axis), x.dims.end()}};
  for (const std::size_t index : {std::size_t{1}, std::size_t{2}}) {
    if (!in.Has(index) || in.shape(index) == normalized) continue;
    return MakeError(ErrorCode::shape_mismatch, "\"", in.value(index).name, "\" ", in.Text(in.shape(index)),
                     " does not have the shape ", in.Text(normalized), " of X ", in.Text(x), " from axis ", given,
                     " on");
  }
  ALICE_RETURN_IF_ERROR(InferSameF32(in, out));
  for (TensorType& statistic : out.subspan(1)) {
    statistic.shape = x;
    std::fill(statistic.shape.dims.begin() + static_cast<std::ptrdiff_t>(axis), statistic.shape.dims.end(),
              Dim::Known(1));
  }
  return {};
}

Status InferMeanVarianceNormalization(const RuleInput& in, std::span<TensorType> out) {
  const auto last = static_cast<std::int64_t>(in.shape(0).rank()) - 1;
  for (const std::int64_t axis : std::get<MeanVarianceAttributes>(in.node.attributes).axes.dims()) {
    ALICE_RETURN_IF_ERROR(AxisOf(in, axis, last));
  }
  return InferSameF32(in, out);
}

Status InferLpNormalization(const RuleInput& in, std::span<TensorType> out) {
  const auto last = static_cast<std::int64_t>(in.shape(0).rank()) - 1;
  ALICE_RETURN_IF_ERROR(AxisOf(in, std::get<LpNormalizationAttributes>(in.node.attributes).axis, last));
  return InferSameF32(in, out);
}

Status InferLRN(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireChannels(in));
  return InferSameF32(in, out);
}

}  // namespace alice
