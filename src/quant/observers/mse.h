#pragma once

#include "quant/observers/histogram.h"
#include "quant/observers/observer_options.h"

namespace alice {

/// The range of the lowest mean squared error (x − dq(q(x)))², as QuantizationMse finds it on the histogram, zero point
/// included. The candidates are α · WidestRange with α = 1, 0.99, …, 0.8 (20 steps); with options.mse_whole_range those
/// of SearchRange: α down to 2^−11 to within half a per cent, the two ends each with its own when asymmetric. Of equal
/// errors the wider range stays.
///
/// Sources: Sung, Shin & Hwang 2015, "Resiliency of Deep Neural Networks under Quantizations" (the criterion); the
/// linear grid of shrunken ranges as in vLLM's llm-compressor, a search on the histogram as in PyTorch's
/// HistogramObserver.
QuantRange MseRange(const Histogram& histogram, const ObserverOptions& options);

}  // namespace alice
