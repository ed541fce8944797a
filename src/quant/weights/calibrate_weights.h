#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "numeric/qparams.h"
#include "numeric/scheme.h"
#include "quant/observers/calibrator_kind.h"

namespace alice {

/// How the range of the weights that share a scale is chosen: all of it (min_max), or less of it, so that the many are
/// finer for the few that clip.
struct WeightCalibration {
  CalibratorKind calibrator = CalibratorKind::min_max;
  double percentile = 0.999;  ///< for CalibratorKind::percentile
};

/// Error: config_invalid for a calibrator other than min_max where the codes are FP8, which no clipping makes finer.
Status CheckWeightCalibration(const WeightCalibration& calibration, WeightType type);

/// The range for each scale of w [k, n], in the order of ScaleGrid; nothing for min_max, of which QuantizeWeights needs no
/// word. Requires what QuantizeWeights requires, and a calibration that CheckWeightCalibration accepts. Errors: those of
/// MakeObserver.
Result<std::vector<QuantRange>> CalibrateWeights(std::span<const float> w, std::size_t k, std::size_t n,
                                                 const WeightScheme& scheme, const WeightCalibration& calibration);

}  // namespace alice
