#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace alice {

/// Every calibrator; the list and the spellings are in calibrators.inc.
enum class CalibratorKind : std::uint8_t {
#define ALICE_CALIBRATOR(kind, spelling, text) kind,
#include "quant/observers/calibrators.inc"
#undef ALICE_CALIBRATOR
};

/// How the option spells `kind`, e.g. "moving-average".
std::string_view CalibratorName(CalibratorKind kind);

/// The calibrator with this spelling. Error: config_invalid, naming the spelling and those allowed.
Result<CalibratorKind> ParseCalibrator(std::string_view spelling);

}  // namespace alice
