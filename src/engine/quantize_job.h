#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "engine/layer_comparison.h"
#include "engine/model.h"
#include "engine/options.h"
#include "engine/output_comparison.h"
#include "engine/range_collection.h"
#include "engine/report.h"
#include "tensor/buffer.h"

namespace alice {

/// Calibration rows as they were handed in. A flat array has width 0 and no labels: it is cut into rows of the model's
/// width.
struct StagedCalibration {
  bool is_given = false;
  Buffer values;  ///< f32 [rows, width]
  Buffer labels;  ///< s32 [rows], −1 where unknown
  std::size_t rows = 0;
  std::size_t width = 0;
  bool is_behavior_set = false;
};

/// One quantize() call, cut into steps so that the page stays responsive and can cancel: Begin reads the model and
/// quantizes its weights; Step first runs a part of the calibration samples in FP32 to find the ranges of activations,
/// then compares INT8 with FP32 over a part of them; Finish measures the rest, writes the model and decides. The model in
/// service is not touched.
class QuantizeJob {
 public:
  /// Without calibration data the model is compared on this many rows of seeded noise in [0, 1).
  static constexpr std::size_t kSyntheticRows = 256;
  /// Fewer rows of wide inputs: about this many values in all.
  static constexpr std::size_t kSyntheticValues = std::size_t{1} << 20;
  /// The per-layer figures are taken over this many samples at most.
  static constexpr std::size_t kLayerRows = 256;
  /// The single inferences that are timed in each precision, at most so many and not much longer than so long.
  static constexpr std::size_t kTimedRuns = 64;
  static constexpr std::size_t kTimedRunsAtOnce = 4;
  static constexpr double kTimed_ms = 2.0;

  /// Reads `model_bytes` (and frees them), optimizes, quantizes and compiles the model. Calibration data that cannot be used is no error: it
  /// becomes part of the result, and the model stays FP32.
  /// Errors: those of ReadOnnx, SchemeOf, Optimize, QuantizeModel and Model::Create.
  static Result<QuantizeJob> Begin(Buffer model_bytes, StagedCalibration calibration, const Options& options,
                                   MemoryBudget& budget, Isa isa);

  /// Runs of samples, in all phases together.
  [[nodiscard]] std::size_t total_rows() const { return calibration_.rows * (ranges_ ? 2 : 1); }
  [[nodiscard]] std::size_t done_rows() const { return observed_ + done_; }
  /// Whether the samples that come next are observed rather than compared.
  [[nodiscard]] bool is_calibrating() const { return ranges_ && observed_ < calibration_.rows; }
  /// Takes the next `rows` samples. Errors: calibration_not_finite; budget_exceeded, out_of_memory.
  Status Step(std::size_t rows);

  /// What came of it: the result, and the model to put in service.
  struct Outcome {
    QuantizationResult result;
    Model model;
    Health health;  ///< of the quality alone: normal or warning
  };
  /// Requires done_rows() == total_rows(). `elapsed_ms` is what the call has taken so far. Errors: those of
  /// ExportQuantized.
  Result<Outcome> Finish(double elapsed_ms) &&;

 private:
  QuantizeJob(Model model, Options options, MemoryBudget& budget)
      : model_(std::move(model)), options_(std::move(options)), budget_(&budget) {}

  Status UseCalibration(StagedCalibration calibration, MemoryBudget& budget);
  Status ObserveChunk(std::size_t rows);
  void StartComparison();
  Status CompareChunk(std::size_t rows);
  double TimeInference(Precision precision);
  void Measure(double elapsed_ms);
  void Decide();
  void Fall(FallbackReason reason, std::string_view why);
  void Warn(std::string_view why);

  Model model_;
  Options options_;
  StagedCalibration calibration_;
  QuantizationResult result_;
  Health health_ = Health::normal;
  MemoryBudget* budget_;
  std::unique_ptr<RangeCollection> ranges_;  ///< where the samples choose ranges
  std::unique_ptr<LayerComparison> layers_;
  Buffer fp32_outputs_, int8_outputs_;  ///< of one chunk
  std::size_t observed_ = 0;
  std::size_t done_ = 0;
  OutputComparison outputs_;
};

}  // namespace alice
