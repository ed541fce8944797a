#pragma once

#include <array>
#include <cstddef>

namespace alice {

/// The latest monitored inferences: how similar INT8 and FP32 were, and whether they named the same class.
class SimilarityWindow {
 public:
  static constexpr std::size_t kSize = 100;

  /// `is_fine`: the similarity is nothing to warn of.
  void Add(double similarity, bool is_fine, bool agrees);
  void Clear() { *this = {}; }

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] bool is_full() const { return count_ == kSize; }
  /// Disagreements over kSize: inferences that are yet to come count as agreeing, so that the first one to disagree does
  /// not count for all.
  [[nodiscard]] double Disagreement() const { return static_cast<double>(disagreements_) / kSize; }
  /// How many were not fine.
  [[nodiscard]] std::size_t flaws() const { return flaws_; }
  /// Inference `index` of count(), oldest first.
  [[nodiscard]] double similarity(std::size_t index) const;
  /// Of the window; 0 where it is empty.
  [[nodiscard]] double Mean() const;
  [[nodiscard]] double Lowest() const;

 private:
  struct Entry {
    double similarity = 0.0;
    bool is_fine = true;
    bool agrees = true;
  };
  std::array<Entry, kSize> entries_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::size_t flaws_ = 0;
  std::size_t disagreements_ = 0;
};

}  // namespace alice
