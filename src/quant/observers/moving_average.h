#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "quant/observers/observer.h"

namespace alice {

/// The exponential moving average of the extremes of the batches, in double:
///
///   m ← (1 − c) · m + c · min(batch),  M ← (1 − c) · M + c · max(batch);  the first batch sets them.
///
/// c is 0.5 through batch 50 (counted from 1), 0.2 through batch 200, then 0.1. Symmetric: ±max(|m|, |M|). The result
/// depends on what makes a batch and on their order.
/// Sources: Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
/// Inference", §3.1; the formula as in PyTorch's MovingAverageMinMaxObserver, there with a constant c.
class MovingAverageObserver final : public Observer {
 public:
  explicit MovingAverageObserver(const ObserverOptions& options) : symmetric_(options.symmetric) {}

  [[nodiscard]] QuantRange Range() const override {
    const auto min = static_cast<float>(min_);
    const auto max = static_cast<float>(max_);
    const float magnitude = std::max(max, -min);
    return symmetric_ ? QuantRange{-magnitude, magnitude} : QuantRange{min, max};
  }

 private:
  void Add(std::span<const float>, QuantRange extremes) override {
    ++batch_;
    const double c = batch_ == 1 ? 1.0 : batch_ <= 50 ? 0.5 : batch_ <= 200 ? 0.2 : 0.1;
    min_ = (1.0 - c) * min_ + c * static_cast<double>(extremes.min);
    max_ = (1.0 - c) * max_ + c * static_cast<double>(extremes.max);
  }

  bool symmetric_;
  std::uint64_t batch_ = 0;
  double min_ = 0.0;
  double max_ = 0.0;
};

}  // namespace alice
