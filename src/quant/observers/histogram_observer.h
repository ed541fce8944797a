#pragma once

#include <span>

#include "quant/observers/histogram.h"
#include "quant/observers/observer.h"

namespace alice {

/// An observer that keeps a histogram and derives its range from that alone.
class HistogramObserver final : public Observer {
 public:
  /// Chooses a range for the values of a histogram, at least one of which is not 0.
  using Chooser = QuantRange (*)(const Histogram&, const ObserverOptions&);

  HistogramObserver(const ObserverOptions& options, Chooser chooser,
                    Histogram::Moments moments = Histogram::Moments::none)
      : options_(options), chooser_(chooser), histogram_(moments) {}

  [[nodiscard]] const Histogram* histogram() const override { return &histogram_; }
  [[nodiscard]] QuantRange Range() const override {
    return histogram_.max_abs() > 0.0f ? chooser_(histogram_, options_) : QuantRange{};
  }

 private:
  void Add(std::span<const float> values, QuantRange extremes) override {
    histogram_.Add(values, extremes.min, extremes.max);
  }

  ObserverOptions options_;
  Chooser chooser_;
  Histogram histogram_;
};

}  // namespace alice
