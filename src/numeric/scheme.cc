#include "numeric/scheme.h"

#include <algorithm>

#include "numeric/int4.h"

namespace alice {

Status CheckScheme(const WeightScheme& scheme) {
  if (IsFp8(scheme.type) && !scheme.symmetric) {
    return MakeError(ErrorCode::config_invalid, "weightScheme is \"asymmetric\", allowed with weightType \"",
                     WeightTypeName(scheme.type), "\" is symmetric: a float code has no zero point");
  }
  if (scheme.granularity == Granularity::per_group && scheme.group_size == 0) {
    return MakeError(ErrorCode::config_invalid, "groupSize is 0, allowed with weightGranularity \"",
                     GranularityName(scheme.granularity), "\" is 1 or more: a group of no inputs has no scale");
  }
  return {};
}

Status CheckScheme(const Scheme& scheme) {
  ALICE_RETURN_IF_ERROR(CheckScheme(scheme.weights));
  const ActivationScheme& activations = scheme.activations;
  const bool is_per_token = activations.granularity == ActivationGranularity::per_token;
  if (activations.strategy == Strategy::fixed && is_per_token) {
    return MakeError(ErrorCode::config_invalid,
                     "activationGranularity is \"per-token\", allowed with strategy \"static\" is per-tensor: the "
                     "ranges are fixed before the tokens are known");
  }
  if (IsFp8(scheme.weights.type) && activations != ActivationScheme{}) {
    const std::string_view option = activations.strategy == Strategy::fixed ? "strategy is \"static\""
                                    : activations.symmetric                 ? "activationScheme is \"symmetric\""
                                                                            : "activationGranularity is \"per-token\"";
    return MakeError(ErrorCode::config_invalid, option, ", which has no meaning with weightType \"",
                     WeightTypeName(scheme.weights.type), "\": float codes multiply with float activations");
  }
  return {};
}

std::string SchemeText(const Scheme& scheme) {
  const WeightScheme& weights = scheme.weights;
  std::string text(WeightTypeName(weights.type));
  text += weights.symmetric ? " symmetric " : " asymmetric ";
  text += GranularityName(weights.granularity);
  if (weights.granularity == Granularity::per_group) text += " of " + std::to_string(weights.group_size);
  if (IsFp8(weights.type)) return text + ", f32";
  const ActivationScheme& activations = scheme.activations;
  text += activations.symmetric ? ", s8 symmetric " : ", u8 asymmetric ";
  text += activations.granularity == ActivationGranularity::per_token ? "per-token" : "per-tensor";
  return text + (activations.strategy == Strategy::fixed ? " static" : " dynamic");
}

ScaleGrid ScaleGridOf(std::size_t k, std::size_t n, const WeightScheme& scheme) {
  switch (scheme.granularity) {
    case Granularity::per_tensor:
      return {1, 1, std::max<std::size_t>(k, 1)};
    case Granularity::per_channel:
      return {1, n, std::max<std::size_t>(k, 1)};
    case Granularity::per_group:
      return {k / scheme.group_size + (k % scheme.group_size != 0 ? 1 : 0), n, scheme.group_size};
  }
  return {};
}

std::size_t WeightCodeBytes(std::size_t k, std::size_t n, const WeightScheme& scheme) {
  return scheme.type == WeightType::int4 ? Int4Bytes(k * n) : k * n;
}

std::size_t WeightZeroPointCount(std::size_t k, std::size_t n, const WeightScheme& scheme) {
  return scheme.symmetric ? 0 : ScaleGridOf(k, n, scheme).count();
}

}  // namespace alice
