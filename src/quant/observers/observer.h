#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/result.h"
#include "quant/observers/calibrator_kind.h"
#include "quant/observers/histogram.h"
#include "quant/observers/observer_options.h"

namespace alice {

/// Watches the values of one tensor (or one channel of it) batch by batch and chooses the range to quantize it with.
/// Its memory is allocated when it is made and does not depend on how much it sees.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// Takes one batch in; an empty one changes nothing. All calibrators but moving_average give the same range however
  /// the values are split into batches, and all but moving_average and aciq (whose sums round) in whatever order.
  /// Error: calibration_not_finite, naming the first NaN or infinity; the observer is then as it was before.
  Status Observe(std::span<const float> values);

  /// The range for everything observed so far; {0, 0} before the first value. Allocates scratch memory.
  [[nodiscard]] virtual QuantRange Range() const = 0;
  /// The distribution of everything observed so far, or null where the calibrator does not keep it.
  [[nodiscard]] virtual const Histogram* histogram() const { return nullptr; }

 private:
  /// Takes in a batch of at least one value; all finite, with the given smallest and largest one.
  virtual void Add(std::span<const float> values, QuantRange extremes) = 0;

  std::size_t batches_ = 0;
};

/// An observer of this kind. Error: config_invalid, naming the option that is out of its bounds.
Result<std::unique_ptr<Observer>> MakeObserver(CalibratorKind kind, const ObserverOptions& options);

}  // namespace alice
