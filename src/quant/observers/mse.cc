#include "quant/observers/mse.h"

#include "quant/observers/quantization_error.h"
#include "quant/observers/range_search.h"

namespace alice {

QuantRange MseRange(const Histogram& histogram, const ObserverOptions& options) {
  const QuantRange widest = WidestRange(histogram, options);
  const auto mse = [&](QuantRange range) { return QuantizationMse(histogram, GridOf(range, options)); };
  if (options.mse_whole_range) return Reported(SearchRange(widest, options.symmetric, mse), histogram, options);

  QuantRange best = widest;
  double best_mse = mse(widest);
  for (int step = 1; step <= 20; ++step) {
    const float alpha = static_cast<float>(100 - step) / 100.0f;
    const QuantRange range{widest.min * alpha, widest.max * alpha};
    if (const double range_mse = mse(range); range_mse < best_mse) {
      best = range;
      best_mse = range_mse;
    }
  }
  return Reported(best, histogram, options);
}

}  // namespace alice
