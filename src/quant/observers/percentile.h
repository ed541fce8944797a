#pragma once

#include "quant/observers/histogram.h"
#include "quant/observers/observer_options.h"

namespace alice {

/// The narrowest range that clips at most a share 1 − p of the n values, p = options.percentile:
///
///   symmetric   T = the p-quantile of |x|; at most ⌊(1 − p)·n⌋ values are clipped
///   asymmetric  the (1 − p)/2- and the (1 + p)/2-quantile of x; at most ⌊(1 − p)/2·n⌋ are clipped on each side
///
/// with nearest-rank quantiles, taken at the outer edge of their bin: never inside the exact one, and less than one bin
/// (max|x| / 2048) outside. p = 1 is min-max. Where the quantiles are 0 (nearly all values are zeros) nothing would be
/// left to represent, and the full range is taken.
///
/// options.percentile_auto ignores options.percentile and takes of {0.999, 0.9995, 0.9999, 1} the range with the lowest
/// QuantizationMse; of equal ones the widest.
///
/// Sources: Wu et al. 2020, "Integer Quantization for Deep Learning Inference: Principles and Empirical Evaluation",
/// §3.3 (percentile of |x|); the two equal tails as in ONNX Runtime's PercentileCalibrater.
QuantRange PercentileRange(const Histogram& histogram, const ObserverOptions& options);

}  // namespace alice
