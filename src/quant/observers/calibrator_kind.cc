#include "quant/observers/calibrator_kind.h"

#include <array>
#include <cstddef>
#include <string>

namespace alice {
namespace {

constexpr auto kSpellings = std::to_array<std::string_view>({
#define ALICE_CALIBRATOR(kind, spelling, text) spelling,
#include "quant/observers/calibrators.inc"
#undef ALICE_CALIBRATOR
});

}  // namespace

std::string_view CalibratorName(CalibratorKind kind) { return kSpellings[static_cast<std::size_t>(kind)]; }

Result<CalibratorKind> ParseCalibrator(std::string_view spelling) {
  std::string allowed;
  for (std::size_t i = 0; i < kSpellings.size(); ++i) {
    if (kSpellings[i] == spelling) return static_cast<CalibratorKind>(i);
    allowed.append(i == 0 ? "" : ", ").append(kSpellings[i]);
  }
  return MakeError(ErrorCode::config_invalid, "calibrationStrategy is \"", spelling, "\"; allowed are ", allowed, ".");
}

}  // namespace alice
