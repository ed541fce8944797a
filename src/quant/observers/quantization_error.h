#pragma once

#include "quant/observers/histogram.h"
#include "quant/observers/observer_options.h"

namespace alice {

/// The real values a quantizer can represent: step · code for lowest ≤ code ≤ highest; 0 is one of them.
struct QuantGrid {
  double step = 1.0;
  int lowest = 0;
  int highest = 0;
};

/// The grid for a range, which is widened to hold 0; symmetric: for ±max(|min|, |max|). As in numeric/qparams.h for any
/// number of bits: the zero point is rounded half to even. A zero range gives step 1.
QuantGrid GridOf(QuantRange range, const ObserverOptions& options);

/// Mean of (x − dq(q(x)))² over the values of a histogram, were they quantized with this grid. Values are taken as
/// spread evenly over their bin (zeros are exact), and the error is integrated in closed form, so that a step may be
/// smaller than a bin. Requires count() > 0.
double QuantizationMse(const Histogram& histogram, const QuantGrid& grid);

}  // namespace alice
