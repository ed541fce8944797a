#pragma once

#include <cstddef>
#include <vector>

#include "backends/backend.h"
#include "engine/report.h"
#include "exec/session.h"
#include "numeric/error_stats.h"

namespace alice {

/// Compares the outputs of layers of a session with those of the same layers in FP32, and counts what their input
/// ranges clip. Look on with `fp32()` during an FP32 run, then with `int8()` during an INT8 run of the same inputs; as
/// often as wanted.
class LayerComparison {
 public:
  /// Of these nodes, which have or had a quantized form, in the order of execution.
  LayerComparison(const Session& session, const std::vector<std::size_t>& nodes);

  [[nodiscard]] RunObserver* fp32() { return &keep_; }
  [[nodiscard]] RunObserver* int8() { return &compare_; }
  /// One row for each of them.
  [[nodiscard]] std::vector<LayerReport> Report(const Session& session) const;

 private:
  struct Layer {
    std::size_t node = 0;
    std::optional<QuantRange> input_range;
    std::vector<float> fp32_output;
    std::vector<float> decoded;  ///< an INT8 output that comes as codes
    ErrorStats stats;
    std::uint64_t inputs = 0;
    std::uint64_t clipped = 0;
  };
  struct Keep final : RunObserver {
    explicit Keep(LayerComparison& owner) : comparison(owner) {}
    void OnInput(std::size_t node, const TensorView& input) override;
    void OnOutput(std::size_t node, const TensorView& output, const std::optional<QParams>& codes) override;
    LayerComparison& comparison;
  };
  struct Compare final : RunObserver {
    explicit Compare(LayerComparison& owner) : comparison(owner) {}
    void OnOutput(std::size_t node, const TensorView& output, const std::optional<QParams>& codes) override;
    LayerComparison& comparison;
  };
  Layer* Find(std::size_t node);

  std::vector<Layer> layers_;
  Keep keep_{*this};
  Compare compare_{*this};
};

}  // namespace alice
