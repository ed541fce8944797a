#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "exec/session.h"

namespace alice {

/// Faults of INT8 runs, for tests and demonstrations. They are real: weights change, codes clip, time passes, exceptions
/// fly, the module traps. FP32 runs are as before.
class Faults final : public RunObserver {
 public:
  explicit Faults(Session& session) : session_(&session) {}

  /// Inverts the highest bit of every `every`-th packed code of a layer's weights; doing it again undoes it. Errors:
  /// argument_invalid for a layer that the model does not have, or that does not run with integer weights.
  Status CorruptWeights(std::string_view layer, std::size_t every);
  /// Multiplies the scale that the layer's input is quantized with, or the bound that it is clipped to. Errors:
  /// argument_invalid, also where it has neither.
  Status SkewInput(std::string_view layer, double factor);
  /// Each INT8 run takes this much longer.
  void SlowDown(double ms) { slow_ms_ = ms; }
  /// The next `runs` INT8 runs throw between two of their operators.
  void Throw(std::size_t runs) { throws_ = runs; }

  /// The next INT8 run ends in a trap between two of its operators. Nothing may be called in the module after that.
  void Trap() { traps_ = true; }

  /// The observer of INT8 runs; null without faults of time.
  [[nodiscard]] RunObserver* ForRuns() { return slow_ms_ > 0.0 || throws_ > 0 || traps_ ? this : nullptr; }
  /// The node of the quantized layer of that name. Errors: argument_invalid.
  [[nodiscard]] Result<std::size_t> LayerOf(std::string_view name) const;
  void OnBegin() override { is_due_ = true; }
  void OnOutput(std::size_t node, const TensorView& output, const std::optional<QParams>& codes) override;

 private:
  Session* session_;
  double slow_ms_ = 0.0;
  std::size_t throws_ = 0;
  bool traps_ = false;
  bool is_due_ = false;
};

}  // namespace alice
