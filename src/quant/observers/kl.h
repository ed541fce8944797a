#pragma once

#include "quant/observers/histogram.h"
#include "quant/observers/observer_options.h"

namespace alice {

/// The clipped range whose quantized distribution Q diverges least from the original P:
///
///   KL(P‖Q) = Σ P(j)·ln(P(j) / Q(j))  over the fine bins j inside the range
///
/// P is the histogram with the values outside the range added to its end bins. Q is the histogram inside the range
/// alone, cut into equal levels (2^(bits−1) of |x| when symmetric: 128 for 8 bits; else 2^bits), the mass of a level
/// spread evenly over those of its bins that are not empty. Both are normalized to 1. So a clipped value costs through
/// the end bin, which P has more of than Q, and a coarse level through the shape it loses.
///
/// Q is 0 where P is not only in an end bin that is empty but for clipped values: that divergence is infinite, so
/// ranges end at bins which are not empty. Exact zeros are an outcome of their own, which quantization keeps. The
/// candidates are those of SearchRange (both ends when asymmetric), rounded out to whole bins, no fewer of them than
/// levels: for 8 bits, T > max|x| / 32 when symmetric, max − min > max|x| / 16 when not.
///
/// Source: Migacz 2017, "8-bit Inference with TensorRT" (GTC), there symmetric, over all ends of 2048 bins.
QuantRange KlRange(const Histogram& histogram, const ObserverOptions& options);

/// KL(P‖Q) for this range, rounded out to whole bins and drawn in as above, in nats; +∞ where it has fewer bins than
/// levels. Requires a range that spans 0 and a value other than 0 in the histogram.
double KlDivergence(const Histogram& histogram, QuantRange range, const ObserverOptions& options);

}  // namespace alice
