#pragma once

#include "quant/observers/histogram.h"
#include "quant/observers/observer_options.h"

namespace alice {

/// The clipping threshold α, in units of σ, that minimizes the expected squared error of quantizing N(0, σ²) to 2^bits
/// intervals of [−α, α] (clipping + rounding):
///
///   (1 + α²)·erfc(α/√2) − √(2/π)·α·exp(−α²/2) + α²/(3·4^bits)
///
/// the root of α/(6·4^bits) = φ(α) − α·(1 − Φ(α)), by Newton steps from 0, which rise to it. 2.559 for 4 bits.
double AciqGaussianClip(int bits);

/// The same for the Laplace distribution of mean absolute value b, in units of b: minimizes
/// 2·exp(−α) + α²/(3·4^bits); the root of α/(3·4^bits) = exp(−α). 5.029 for 4 bits.
double AciqLaplaceClip(int bits);

/// Analytical clipping: the range that is optimal for the Gaussian or the Laplace distribution fitted to the values.
///
///   values on both sides, asymmetric   [μ − α, μ + α],  σ² and b = E|x − μ| about the mean μ
///   symmetric                          ±α,              σ² and b of the values but zeros, about 0
///   one side only, asymmetric          [0, α],          the same, with α of bits + 1
///
/// cut to what was seen. On one side (after a ReLU) the values are half of a distribution about 0 whose other half
/// became the zeros, and [0, α] has twice the intervals for its width. σ is exact in double, b to half a bin.
///
/// The better fit is that of the larger maximum likelihood: ln L = −n·(½·ln(2πσ²) + ½) for the Gaussian and
/// −n·(ln(2b) + 1) for Laplace; so Laplace where b/σ < √(π/(2e)) = 0.760 (Laplace itself 0.707, Gaussian 0.798).
///
/// Source: Banner, Nahshan & Soudry 2019, "Post training 4-bit quantization of convolutional networks for
/// rapid-deployment" (ACIQ), §3 and its appendix.
QuantRange AciqRange(const Histogram& histogram, const ObserverOptions& options);

}  // namespace alice
