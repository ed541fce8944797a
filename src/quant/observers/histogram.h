#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/histogram_f32/histogram_f32.h"

namespace alice {

/// A histogram of a stream of values whose range is not known ahead. It stores no sample: 2 · kBins counters, those of
/// zeros, and the moments in double where they are wanted.
///
/// Bins are as wide as a power of two, and equally wide on both sides of 0, which is an edge. Bin b ≥ 0 holds x in
/// [b·w, (b+1)·w), bin b < 0 holds x in (b·w, (b+1)·w]; exact zeros are counted apart. When a value does not fit, w
/// doubles until it does, and pairs of bins merge without loss. So w is the smallest power of two with
/// max|x| < kBins · w, whatever the order of the values, and
///
///   max|x| / kBins < w ≤ 2 · max|x| / kBins:
///
/// between 2048 and 4096 bins lie between 0 and the largest magnitude, and a value is known to w ≤ max|x| / 2048.
class Histogram {
 public:
  static constexpr int kBins = 4096;                    ///< of each sign
  static constexpr std::size_t kEdges = 2 * kBins + 1;  ///< of bins of both signs

  enum class Moments : std::uint8_t { none, kept };

  explicit Histogram(Moments moments = Moments::kept);

  /// Counts the values, which must be finite.
  void Add(std::span<const float> values);
  /// The same for at least one value, the smallest and the largest of which are known.
  void Add(std::span<const float> values, float min, float max);

  [[nodiscard]] std::uint64_t count() const { return count_; }  ///< of all values, zeros among them
  [[nodiscard]] std::uint64_t zeros() const;
  [[nodiscard]] float min() const { return min_; }  ///< 0 before the first value, as is max()
  [[nodiscard]] float max() const { return max_; }
  /// max|x|
  [[nodiscard]] float max_abs() const { return std::max(max_, -min_); }
  [[nodiscard]] double sum() const { return sum_; }  ///< requires Moments::kept, as does sum_of_squares()
  [[nodiscard]] double sum_of_squares() const { return sum_of_squares_; }
  [[nodiscard]] double bin_width() const;

  /// How many values but zeros bin b holds, −kBins ≤ b < kBins.
  [[nodiscard]] std::uint64_t Count(int bin) const { return counts_.begin()[kBins + bin]; }

 private:
  void Widen(int doublings);

  Moments moments_;
  const HistogramF32Kernel* kernel_;
  std::vector<std::uint64_t> counts_;  ///< as HistogramF32Kernel lays them out
  std::uint64_t count_ = 0;
  int exponent_;  ///< w = 2^exponent_
  float min_ = 0.0f;
  float max_ = 0.0f;
  double sum_ = 0.0;
  double sum_of_squares_ = 0.0;
};

}  // namespace alice
