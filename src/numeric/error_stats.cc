#include "numeric/error_stats.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace alice {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

void ErrorStats::Add(const float* a, const float* b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const double x = a[i];
    const double y = b[i];
    const double error = x - y;
    sum_aa += x * x;
    sum_bb += y * y;
    sum_ab += x * y;
    sum_squared_error += error * error;
    if (!(std::abs(error) <= max_error)) max_error = std::isnan(error) ? kInfinity : std::abs(error);
  }
  count += n;
}

double ErrorStats::Cosine() const {
  if (sum_aa == 0.0 && sum_bb == 0.0) return 1.0;
  if (sum_aa == 0.0 || sum_bb == 0.0) return 0.0;
  const double cosine = sum_ab / std::sqrt(sum_aa * sum_bb);
  return std::isfinite(cosine) ? std::clamp(cosine, -1.0, 1.0) : 0.0;
}

double ErrorStats::SqnrDb() const {
  if (sum_squared_error == 0.0) return kMaxSqnrDb;
  if (sum_aa == 0.0 || !std::isfinite(sum_squared_error)) return -kMaxSqnrDb;
  return std::clamp(10.0 * std::log10(sum_aa / sum_squared_error), -kMaxSqnrDb, kMaxSqnrDb);
}

double CosineSimilarity(const float* a, const float* b, std::size_t n) {
  ErrorStats stats;
  stats.Add(a, b, n);
  return stats.Cosine();
}

std::size_t ArgMax(const float* x, std::size_t n) { return static_cast<std::size_t>(std::max_element(x, x + n) - x); }

}  // namespace alice
