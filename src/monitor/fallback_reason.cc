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
