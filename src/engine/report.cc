#include "engine/report.h"

namespace alice {

std::string_view FallbackReasonName(FallbackReason reason) {
  switch (reason) {
    case FallbackReason::none:
      return "";
    case FallbackReason::similarity_low:
      return "similarity_low";
    case FallbackReason::accuracy_drop:
      return "accuracy_drop";
    case FallbackReason::quant_timeout:
      return "quant_timeout";
    case FallbackReason::calibration_invalid:
      return "calibration_invalid";
    case FallbackReason::manual_override:
      return "manual_override";
  }
  return "";
}

std::string_view HealthName(Health health) {
  switch (health) {
    case Health::normal:
      return "normal";
    case Health::warning:
      return "warning";
    case Health::fallback:
      return "fallback";
  }
  return "";
}

}  // namespace alice
