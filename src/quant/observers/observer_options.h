#pragma once

#include "numeric/qparams.h"

namespace alice {

/// For which quantizer a range is chosen, and how.
struct ObserverOptions {
  /// Symmetric: codes ±(2^(bits−1) − 1), zero point 0, ranges {−T, T}. Otherwise codes 0 … 2^bits − 1 with a zero
  /// point, ranges {min, max} inside what was seen.
  bool symmetric = false;
  int bits = 8;                  ///< 2 … 8
  double percentile = 0.999;     ///< the share of values kept, (0, 1]
  bool percentile_auto = false;  ///< let the percentile calibrator choose it (see percentile.h)
  bool mse_whole_range = false;  ///< let the MSE calibrator clip more than 20 % (see mse.h)
};

}  // namespace alice
