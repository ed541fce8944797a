#pragma once

#include <functional>

#include "quant/observers/histogram.h"
#include "quant/observers/observer_options.h"

namespace alice {

/// What a quantizer would span if nothing were clipped: {min(min x, 0), max(max x, 0)}; symmetric ±max|x|.
QuantRange WidestRange(const Histogram& histogram, const ObserverOptions& options);

/// x as a float: an edge beyond the largest one is the largest one.
float FiniteFloat(double x);

/// A range that may span 0 and more than was seen, as an observer reports it: symmetric {−T, T} with T ≤ max|x|, else
/// its part inside [min x, max x].
QuantRange Reported(QuantRange range, const Histogram& histogram, const ObserverOptions& options);

/// A range of low cost between 0 and `widest` (min ≤ 0 ≤ max). Each end is a fraction of that of `widest`, from 1 down
/// to 2^−11 in steps of 2^(1/16), then in 16 finer steps about the best. Symmetric, and at first otherwise, both ends
/// share one fraction; then the ends are tuned in turn until neither gains, at most 3 times each. Of equal costs
/// the first one tried, the wider, stays. A cost of +∞ refuses a candidate; `widest` must have a finite one.
QuantRange SearchRange(QuantRange widest, bool symmetric, const std::function<double(QuantRange)>& cost);

}  // namespace alice
