#pragma once

#include <cstddef>

namespace alice {

/// How far values b are from what they should be, a: sums over all pairs added so far, in double.
struct ErrorStats {
  double sum_aa = 0.0;
  double sum_bb = 0.0;
  double sum_ab = 0.0;
  double sum_squared_error = 0.0;
  double max_error = 0.0;  ///< largest |a − b|; ∞ where one of them is NaN
  std::size_t count = 0;

  void Add(const float* a, const float* b, std::size_t n);

  /// Σab / √(Σa² · Σb²), in [−1, 1]; 1 when both are all zero, 0 when one of them is or
  /// when a value is not finite.
  [[nodiscard]] double Cosine() const;
  /// Signal to quantization noise ratio: 10 · log10(Σa² / Σ(a − b)²), dB; kMaxSqnrDb without noise, −kMaxSqnrDb without signal or
  /// when a value is not finite.
  [[nodiscard]] double SqnrDb() const;
};

/// What a lossless layer reports: beyond what float arithmetic resolves.
inline constexpr double kMaxSqnrDb = 160.0;

/// The cosine between a and b (see ErrorStats::Cosine).
double CosineSimilarity(const float* a, const float* b, std::size_t n);

/// KL(P‖Q) in nats of the distributions that n ≥ 1 outputs stand for: the outputs themselves where both are ≥ 0 and sum
/// to 1 within 1e-3, else their softmax. Probabilities below 1e-12 count as that.
double OutputKl(const float* p, const float* q, std::size_t n);

/// The index of the largest of n ≥ 1 values; the first of equals.
std::size_t ArgMax(const float* x, std::size_t n);

}  // namespace alice
