#pragma once

#include <cstddef>
#include <vector>

#include "backends/backend.h"
#include "engine/report.h"
#include "exec/session.h"
#include "numeric/error_stats.h"

namespace alice {

/// Compares the outputs of a session's INT8 layers with those of the same layers in FP32. Look on with `fp32()` during an
/// FP32 run, then with `int8()` during an INT8 run of the same inputs; as often as wanted.
class LayerComparison {
 public:
  explicit LayerComparison(const Session& session);

  [[nodiscard]] RunObserver* fp32() { return &keep_; }
  [[nodiscard]] RunObserver* int8() { return &compare_; }
  /// One row for each INT8 layer, in the order of execution.
  [[nodiscard]] std::vector<LayerReport> Report(const Session& session) const;

 private:
  struct Layer {
    std::size_t node = 0;
    std::vector<float> fp32_output;
    ErrorStats stats;
  };
  struct Keep final : RunObserver {
    explicit Keep(LayerComparison& owner) : comparison(owner) {}
    void OnOutput(std::size_t node, const TensorView& output) override;
    LayerComparison& comparison;
  };
  struct Compare final : RunObserver {
    explicit Compare(LayerComparison& owner) : comparison(owner) {}
    void OnOutput(std::size_t node, const TensorView& output) override;
    LayerComparison& comparison;
  };
  Layer* Find(std::size_t node);

  std::vector<Layer> layers_;
  Keep keep_{*this};
  Compare compare_{*this};
};

}  // namespace alice
