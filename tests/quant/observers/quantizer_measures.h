#pragma once

#include <vector>

#include "quant/observers/observer_options.h"

namespace alice {

// What a quantizer does to samples, computed from the samples themselves and from the definitions, with nothing of
// the observers' code.

/// Mean (x − dq(q(x)))².
double SampleMse(const std::vector<float>& samples, QuantRange range, const ObserverOptions& options);

/// −Σ P(q)·log2 P(q) over the codes q(x).
double SampleEntropy(const std::vector<float>& samples, QuantRange range, const ObserverOptions& options);

/// KL(P‖Q) in nats on fine bins, those that the range touches being inside it; symmetric: of |x|. P: the samples inside
/// the range, those outside added to the outermost occupied bins. Q: the samples inside the range, the mass of each of
/// 2^bits (symmetric 2^(bits−1)) equal levels spread over its occupied fine bins. Zeros are an outcome of their own.
double SampleKl(const std::vector<float>& samples, QuantRange range, const ObserverOptions& options, double bin_width);

}  // namespace alice
