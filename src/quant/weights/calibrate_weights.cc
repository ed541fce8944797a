#include "quant/weights/calibrate_weights.h"

#include <algorithm>

#include "quant/observers/observer.h"

namespace alice {

Status CheckWeightCalibration(const WeightCalibration& calibration, WeightType type) {
  if (calibration.calibrator == CalibratorKind::min_max || !IsFp8(type)) return {};
  return MakeError(ErrorCode::config_invalid, "weightCalibration is \"", CalibratorName(calibration.calibrator),
                   "\", allowed with weightType \"", kWeightTypeNames[static_cast<std::size_t>(type)],
                   "\" is min-max: the codes of a float are no finer in a smaller range");
}

Result<std::vector<QuantRange>> CalibrateWeights(std::span<const float> w, std::size_t k, std::size_t n,
                                                 const WeightScheme& scheme, const WeightCalibration& calibration) {
  std::vector<QuantRange> ranges;
  if (calibration.calibrator == CalibratorKind::min_max) return ranges;
  const ObserverOptions options{.symmetric = scheme.symmetric,
                                .bits = BitsOf(scheme.type),
                                .percentile = calibration.percentile,
                                .mse_whole_range = true};
  const ScaleGrid grid = ScaleGridOf(k, n, scheme);
  const std::size_t columns = n / grid.columns;  // that share a scale
  std::vector<float> values;
  for (std::size_t grid_row = 0; grid_row < grid.rows; ++grid_row) {
    const std::size_t first = grid_row * grid.group_rows;
    const std::size_t last = std::min(first + grid.group_rows, k);
    for (std::size_t column = 0; column < n; column += columns) {
      values.clear();
      for (std::size_t row = first; row < last; ++row) {
        const auto from = w.begin() + static_cast<std::ptrdiff_t>(row * n + column);
        values.insert(values.end(), from, from + static_cast<std::ptrdiff_t>(columns));
      }
      ALICE_ASSIGN_OR_RETURN(const std::unique_ptr<Observer> observer, MakeObserver(calibration.calibrator, options));
      ALICE_RETURN_IF_ERROR(observer->Observe(values));
      ranges.push_back(observer->Range());
    }
  }
  return ranges;
}

}  // namespace alice
