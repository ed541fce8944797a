#include "quant/observers/calibrator_kind.h"

#include <array>
#include <cstddef>
#include <string>

namespace alice {
namespace {

struct Row {
  std::string_view spelling;
  std::string_view text;
};

constexpr auto kRows = std::to_array<Row>({
#define ALICE_CALIBRATOR(kind, spelling, text) {spelling, text},
#include "quant/observers/calibrators.inc"
#undef ALICE_CALIBRATOR
});

}  // namespace

std::string_view CalibratorName(CalibratorKind kind) { return kRows[static_cast<std::size_t>(kind)].spelling; }

std::string_view CalibratorText(CalibratorKind kind) { return kRows[static_cast<std::size_t>(kind)].text; }

Result<CalibratorKind> ParseCalibrator(std::string_view spelling) {
  std::string allowed;
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].spelling == spelling) return static_cast<CalibratorKind>(i);
    allowed.append(i == 0 ? "" : ", ").append(kRows[i].spelling);
  }
  return MakeError(ErrorCode::config_invalid, "calibrationStrategy is \"", spelling, "\"; allowed are ", allowed, ".");
}

}  // namespace alice
