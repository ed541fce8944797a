#pragma once

#include <cstddef>
#include <cstdint>

#include "monitor/latency_histogram.h"

namespace alice {

/// Measures inferences of one precision with a clock that may be coarser than they are long, and that costs time itself.
///
/// Times are added up in windows until these are long enough to mean something; an inference that is as long by itself
/// makes a window of its own. The histogram counts a window's mean for each of its inferences: of short ones, its
/// quantiles are those of means. Of short inferences one is timed in every kUntimed_ms of them, or kMostStride; as soon as
/// one is long, all are.
class LatencyMeter {
 public:
  static constexpr double kUntimed_ms = 0.25;
  static constexpr std::size_t kMostStride = 128;
  static constexpr std::size_t kWindowInferences = 64;
  static constexpr double kWindow_ms = 1.0;
  /// So many long ones in a row are "sustained".
  static constexpr std::size_t kSustained = 3;

  /// Counts an inference; whether it is to be timed.
  bool Next() {
    ++count_;
    if (until_timed_ == 0) {
      until_timed_ = stride_ - 1;
      return true;
    }
    --until_timed_;
    return false;
  }
  /// What the inference took for which Next said so.
  void Add(double ms);
  /// Several inferences were run together and took so much each: for the streak they are one.
  void BeginBatch(double mean_ms) { AddToStreak(mean_ms); }
  /// Counts so many of them.
  void AddOfBatch(double mean_ms, std::uint64_t inferences);
  /// Another model: what is known of the former one says nothing of its times.
  void BeginModel();
  /// Whether the last kSustained timed inferences each took more than `limit_ms`.
  [[nodiscard]] bool IsSustainedAbove(double limit_ms) const;
  [[nodiscard]] double latest_ms() const { return latest_[(next_ + kSustained - 1) % kSustained]; }
  /// Forgets those.
  void EndStreak() { latest_[0] = latest_[1] = latest_[2] = 0.0; }

  /// The mean of the latest window that is complete, or of what there is of the first.
  [[nodiscard]] double TypicalMs() const {
    if (typical_ms_ > 0.0 || window_inferences_ == 0) return typical_ms_;
    return window_ms_ / static_cast<double>(window_inferences_);
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const LatencyHistogram& histogram() const { return histogram_; }

 private:
  void AddToStreak(double ms);

  LatencyHistogram histogram_;
  std::uint64_t count_ = 0;
  std::size_t stride_ = 1;
  std::size_t until_timed_ = 0;
  double window_ms_ = 0.0;
  std::size_t window_inferences_ = 0;
  double typical_ms_ = 0.0;
  double latest_[kSustained] = {};
  std::size_t next_ = 0;
};

}  // namespace alice
