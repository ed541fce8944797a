#pragma once

#include "quant/observers/histogram.h"
#include "quant/observers/observer_options.h"

namespace alice {

/// The range whose codes have the greatest entropy:
///
///   H = −Σ P(q)·log₂ P(q),  P(q) = the share of values that quantize to code q, clipped ones among the end codes
///
/// As the code is a function of x, H is the mutual information I(x; q(x)): this range loses the least information
/// about which value it was, each counted alike, whereas `mse` weighs how far off it is and `kl` how well the shape of
/// the distribution survives. It clips much more than those, as rare large values are worth no more than frequent small
/// ones: its squared error may well exceed that of min-max.
///
/// "Entropy" elsewhere names other things: TensorRT's and ONNX Runtime's entropy calibrators minimize the relative
/// entropy, KL(P‖Q): here that is `kl`.
///
/// The candidates are those of SearchRange with steps no smaller than a bin of the histogram; a bin goes to the code of
/// its centre, so that repeated values never count as split.
///
/// Source: Messerschmitt 1971, "Quantizing for Maximum Output Entropy", IEEE Transactions on Information Theory 17(5),
/// here over the uniform quantizers only.
QuantRange EntropyRange(const Histogram& histogram, const ObserverOptions& options);

}  // namespace alice
