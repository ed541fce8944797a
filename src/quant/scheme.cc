#include "quant/scheme.h"

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

}  // namespace alice
