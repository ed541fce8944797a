#include "monitor/fallback_reason.h"

namespace alice {

std::string_view FallbackReasonName(FallbackReason reason) {
  switch (reason) {
    case FallbackReason::none:
      return "";
#define ALICE_FALLBACK_REASON(name, text) \
  case FallbackReason::name:              \
    return #name;
#include "monitor/fallback_reason.inc"
#undef ALICE_FALLBACK_REASON
  }
  return "?";
}

std::optional<FallbackReason> FallbackReasonOf(std::string_view name) {
#define ALICE_FALLBACK_REASON(reason, text) \
  if (name == #reason) return FallbackReason::reason;
#include "monitor/fallback_reason.inc"
#undef ALICE_FALLBACK_REASON
  return std::nullopt;
}

std::string_view FallbackReasonText(FallbackReason reason) {
  switch (reason) {
    case FallbackReason::none:
      return "";
#define ALICE_FALLBACK_REASON(name, text) \
  case FallbackReason::name:              \
    return text;
#include "monitor/fallback_reason.inc"
#undef ALICE_FALLBACK_REASON
  }
  return "?";
}

}  // namespace alice
