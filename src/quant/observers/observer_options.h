#pragma once

namespace alice {

/// The values that a quantizer is to represent, before it widens them to hold 0.
struct QuantRange {
  float min = 0.0f;
  float max = 0.0f;

  friend bool operator==(const QuantRange&, const QuantRange&) = default;
};

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
