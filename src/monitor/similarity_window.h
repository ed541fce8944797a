#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace alice {

/// The latest monitored inferences: how similar INT8 and FP32 were, and how far they named the same classes.
class SimilarityWindow {
 public:
  static constexpr std::size_t kSize = 100;

  /// `is_fine`: the similarity is nothing to warn of. `agreement`: the share of classes that are the same, 0 to 1.
  void Add(double similarity, bool is_fine, double agreement);
  /// What was seen no longer counts: only similarity(), Mean and Lowest still tell of it.
  void Restart();

  [[nodiscard]] std::size_t count() const { return count_; }
  /// Whether kSize were added since the last Restart.
  [[nodiscard]] bool is_full() const { return since_restart_ == kSize; }
  /// The mean of 1 − agreement over kSize: inferences that are yet to come count as agreeing, so that the first one to
  /// disagree does not count for all.
  [[nodiscard]] double Disagreement() const { return static_cast<double>(disagreement_) / kWhole / kSize; }
  /// How many were not fine.
  [[nodiscard]] std::size_t flaws() const { return flaws_; }
  /// Inference `index` of count(), oldest first.
  [[nodiscard]] double similarity(std::size_t index) const;
  /// Of the window; 0 where it is empty.
  [[nodiscard]] double Mean() const;
  [[nodiscard]] double Lowest() const;

 private:
  /// Disagreements are counted in parts of this, so that their sum stays exact.
  static constexpr std::uint32_t kWhole = 1U << 20U;

  struct Entry {
    double similarity = 0.0;
    bool is_fine = true;
    std::uint32_t disagreement = 0;
  };
  std::array<Entry, kSize> entries_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::size_t since_restart_ = 0;
  std::size_t flaws_ = 0;
  std::uint32_t disagreement_ = 0;
};

}  // namespace alice
