#include "monitor/similarity_window.h"

#include <algorithm>

namespace alice {

void SimilarityWindow::Add(double similarity, bool is_fine, bool agrees) {
  Entry& entry = entries_[next_];
  if (is_full()) {
    flaws_ -= entry.is_fine ? 0 : 1;
    disagreements_ -= entry.agrees ? 0 : 1;
  }
  entry = {similarity, is_fine, agrees};
  flaws_ += is_fine ? 0 : 1;
  disagreements_ += agrees ? 0 : 1;
  next_ = (next_ + 1) % kSize;
  count_ = std::min(count_ + 1, kSize);
}

double SimilarityWindow::similarity(std::size_t index) const {
  return entries_[(next_ + kSize - count_ + index) % kSize].similarity;
}

double SimilarityWindow::Mean() const {
  double sum = 0.0;
  for (std::size_t i = 0; i < count_; ++i) sum += similarity(i);
  return count_ == 0 ? 0.0 : sum / static_cast<double>(count_);
}

double SimilarityWindow::Lowest() const {
  double lowest = count_ == 0 ? 0.0 : similarity(0);
  for (std::size_t i = 1; i < count_; ++i) lowest = std::min(lowest, similarity(i));
  return lowest;
}

}  // namespace alice
