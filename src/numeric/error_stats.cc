#include "numeric/error_stats.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "numeric/portable_math.h"

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
  return std::clamp(10.0 * Log10(sum_aa / sum_squared_error), -kMaxSqnrDb, kMaxSqnrDb);
}

double CosineSimilarity(const float* a, const float* b, std::size_t n) {
  ErrorStats stats;
  stats.Add(a, b, n);
  return stats.Cosine();
}

double OutputKl(const float* p, const float* q, std::size_t n) {
  const auto is_distribution = [n](const float* x) {
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      if (!(x[i] >= 0.0f)) return false;
      sum += static_cast<double>(x[i]);
    }
    return std::abs(sum - 1.0) <= 1e-3;
  };
  const bool take_softmax = !is_distribution(p) || !is_distribution(q);
  const auto log_sum = [n](const float* x) {
    const auto max = static_cast<double>(x[ArgMax(x, n)]);
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) sum += Exp(static_cast<double>(x[i]) - max);
    return std::isfinite(sum) ? max + Log(sum) : sum;
  };
  static constexpr double kLeast = 1e-12;
  const double p_shift = take_softmax ? log_sum(p) : 0.0;
  const double q_shift = take_softmax ? log_sum(q) : 0.0;
  const auto log_of = [take_softmax](float x, double shift) {
    const auto value = static_cast<double>(x);
    return std::max(take_softmax ? value - shift : Log(std::max(value, kLeast)), Log(kLeast));
  };
  double kl = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const double log_p = log_of(p[i], p_shift);
    kl += Exp(log_p) * (log_p - log_of(q[i], q_shift));
  }
  return std::max(kl, 0.0);
}

std::size_t ArgMax(const float* x, std::size_t n) { return static_cast<std::size_t>(std::max_element(x, x + n) - x); }

}  // namespace alice
