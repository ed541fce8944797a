#include <cmath>

#include "kernels/histogram_f32/histogram_f32.h"

namespace alice {

void HistogramF32_Reference(const float* x, std::size_t n, double bins_per_unit, int bins, std::uint64_t* counts) {
  for (std::size_t i = 0; i < n; ++i) {
    const int distance = static_cast<int>(std::abs(static_cast<double>(x[i])) * bins_per_unit);
    const auto zero = 2 * static_cast<std::size_t>(bins) + i % kZeroCounters;
    ++counts[x[i] == 0.0f ? zero : static_cast<std::size_t>(x[i] > 0.0f ? bins + distance : bins - 1 - distance)];
  }
}

}  // namespace alice
