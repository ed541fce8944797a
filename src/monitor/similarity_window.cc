#include "monitor/similarity_window.h"

#include <algorithm>
#include <cmath>

namespace alice {

void SimilarityWindow::Add(double similarity, bool is_fine, double agreement) {
  Entry& entry = entries_[next_];
  flaws_ -= entry.is_fine ? 0 : 1;
  disagreement_ -= entry.disagreement;
  entry = {similarity, is_fine, static_cast<std::uint32_t>(std::ceil((1.0 - agreement) * kWhole))};
  flaws_ += is_fine ? 0 : 1;
  disagreement_ += entry.disagreement;
  next_ = (next_ + 1) % kSize;
  count_ = std::min(count_ + 1, kSize);
  since_restart_ = std::min(since_restart_ + 1, kSize);
}

void SimilarityWindow::Restart() {
  for (Entry& entry : entries_) entry = {entry.similarity};
  since_restart_ = flaws_ = disagreement_ = 0;
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
