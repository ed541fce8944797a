#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "backends/backend.h"
#include "exec/session.h"
#include "quant/observers/observer.h"

namespace alice {

/// Finds the range of what each quantized layer of a session takes in: look on during FP32 runs of the calibration
/// samples, then apply the ranges. Layers with float activations have none; one whose range the model has brought along keeps it. Memory does not depend on the number of runs.
class RangeCollection final : public RunObserver {
 public:
  /// A percentile for the first or last layer replaces the calibrator there. Error: config_invalid for options that
  /// MakeObserver refuses.
  static Result<std::unique_ptr<RangeCollection>> Create(const Session& session, CalibratorKind calibrator,
                                                         const ObserverOptions& options,
                                                         std::optional<double> first_percentile = {},
                                                         std::optional<double> last_percentile = {});

  void OnInput(std::size_t node, const TensorView& input) override;

  /// Gives the session every range; but to a dynamic layer only one that lowers the mean squared error of quantizing what
  /// was observed, were it quantized with one range: where clipping costs more than it saves there is no bound. Error: calibration_not_finite where a layer took in a NaN or infinity.
  Status ApplyTo(Session& session) const;

 private:
  struct Layer {
    std::size_t node;
    std::unique_ptr<Observer> observer;
  };
  /// Whether the observed values are better clipped to `range` than taken whole.
  [[nodiscard]] bool Pays(const Observer& observer, QuantRange range) const;

  ObserverOptions options_;
  std::vector<Layer> layers_;
  Status status_;
};

}  // namespace alice
