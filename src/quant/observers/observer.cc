#include "quant/observers/observer.h"

#include <algorithm>
#include <cmath>

#include "kernels/finite_f32/finite_f32.h"
#include "kernels/quantize_u8/quantize_u8.h"
#include "quant/observers/aciq.h"
#include "quant/observers/entropy.h"
#include "quant/observers/histogram_observer.h"
#include "quant/observers/kl.h"
#include "quant/observers/min_max.h"
#include "quant/observers/moving_average.h"
#include "quant/observers/mse.h"
#include "quant/observers/percentile.h"

namespace alice {

Status Observer::Observe(std::span<const float> values) {
  if (values.empty()) return {};
  if (!SelectAllFiniteF32(BestIsa()).run(values.data(), values.size())) {
    const auto bad = std::ranges::find_if_not(values, [](float x) { return std::isfinite(x); });
    return MakeError(ErrorCode::calibration_not_finite, "Value ", bad - values.begin(), " of calibration batch ",
                     batches_, " is ", *bad, ".");
  }
  const auto [min, max] = SelectMinMaxF32(BestIsa()).run(values.data(), values.size());
  ++batches_;
  Add(values, {min, max});
  return {};
}

Result<std::unique_ptr<Observer>> MakeObserver(CalibratorKind kind, const ObserverOptions& options) {
  if (options.bits < 2 || options.bits > 8) {
    return MakeError(ErrorCode::config_invalid, "bits is ", options.bits, "; allowed are 2 to 8.");
  }
  if (!(options.percentile > 0.0 && options.percentile <= 1.0)) {
    return MakeError(ErrorCode::config_invalid, "calibrationPercentile is ", options.percentile,
                     "; it must be above 0 and at most 1.");
  }
  std::unique_ptr<Observer> observer;
  switch (kind) {
    case CalibratorKind::min_max:
      observer = std::make_unique<MinMaxObserver>(options);
      break;
    case CalibratorKind::moving_average:
      observer = std::make_unique<MovingAverageObserver>(options);
      break;
    case CalibratorKind::percentile:
      observer = std::make_unique<HistogramObserver>(options, PercentileRange);
      break;
    case CalibratorKind::kl:
      observer = std::make_unique<HistogramObserver>(options, KlRange);
      break;
    case CalibratorKind::entropy:
      observer = std::make_unique<HistogramObserver>(options, EntropyRange);
      break;
    case CalibratorKind::mse:
      observer = std::make_unique<HistogramObserver>(options, MseRange);
      break;
    case CalibratorKind::aciq:
      observer = std::make_unique<HistogramObserver>(options, AciqRange, Histogram::Moments::kept);
      break;
  }
  return observer;
}

}  // namespace alice
