#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace alice {

/// Why the engine answers in FP32; the list is fallback_reason.inc.
enum class FallbackReason : std::uint8_t {
  none,
#define ALICE_FALLBACK_REASON(name, text) name,
#include "monitor/fallback_reason.inc"
#undef ALICE_FALLBACK_REASON
};

inline constexpr std::size_t kFallbackReasons = 1
#define ALICE_FALLBACK_REASON(name, text) +1
#include "monitor/fallback_reason.inc"
#undef ALICE_FALLBACK_REASON
    ;

/// Empty for `none`.
std::string_view FallbackReasonName(FallbackReason reason);
/// The reason of that name, which is not `none`.
std::optional<FallbackReason> FallbackReasonOf(std::string_view name);
/// What it means, in a few words; empty for `none`.
std::string_view FallbackReasonText(FallbackReason reason);

}  // namespace alice
