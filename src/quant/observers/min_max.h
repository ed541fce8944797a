#pragma once

#include <algorithm>
#include <span>

#include "quant/observers/observer.h"

namespace alice {

/// The range of everything seen: {min x, max x}; symmetric {−max|x|, max|x|}.
/// Source: Krishnamoorthi 2018, "Quantizing deep convolutional networks for efficient inference: A whitepaper".
class MinMaxObserver final : public Observer {
 public:
  explicit MinMaxObserver(const ObserverOptions& options) : symmetric_(options.symmetric) {}

  [[nodiscard]] QuantRange Range() const override {
    const float magnitude = std::max(seen_.max, -seen_.min);
    return symmetric_ ? QuantRange{-magnitude, magnitude} : seen_;
  }

 private:
  void Add(std::span<const float>, QuantRange extremes) override {
    seen_ = empty_ ? extremes : QuantRange{std::min(seen_.min, extremes.min), std::max(seen_.max, extremes.max)};
    empty_ = false;
  }

  bool symmetric_;
  bool empty_ = true;
  QuantRange seen_;
};

}  // namespace alice
