#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/layer_comparison.h"
#include "engine/model.h"
#include "engine/options.h"
#include "engine/output_comparison.h"
#include "engine/precision_search.h"
#include "engine/range_collection.h"
#include "engine/report.h"
#include "engine/staged_calibration.h"
#include "onnx/reader.h"
#include "tensor/buffer.h"

namespace alice {

/// What one quantize() does with the samples, one after the other.
enum class QuantizeStage : std::uint8_t {
  calibrate,    ///< FP32 runs, for the ranges of activations
  sensitivity,  ///< each layer alone quantized: where that is asked for, or the first trial was not good enough
  search,       ///< trials of which layers to keep in float: the first, of none, before all that
  verify,       ///< INT8 against FP32
  done,
};
std::string_view QuantizeStageName(QuantizeStage stage);

/// One quantize() call, cut into steps so that the page stays responsive and can cancel: Begin reads the model and
/// quantizes its weights; Step takes the samples through the stages, of which the options and the data may leave out all but
/// the last; Finish writes the model and decides. The model in service is not touched.
class QuantizeJob {
 public:
  /// The per-layer figures are taken over this many samples at most.
  static constexpr std::size_t kLayerRows = 256;
  /// Each layer alone is run over as many of them as make so many executions of a layer, for the model runs once for each
  /// of its layers; and over so many at least.
  static constexpr std::size_t kSensitivityLayers = 16 * kLayerRows;
  static constexpr std::size_t kSensitivityRows = 4;
  /// The single inferences that are timed in each precision, at most so many and not much longer than so long.
  static constexpr std::size_t kTimedRuns = 32;
  static constexpr std::size_t kTimedRunsAtOnce = 4;
  static constexpr double kTimed_ms = 0.25;
  /// FP32 answers to all samples are kept for the stages that follow if they fit into this share of the budget, or all
  /// samples are one chunk; else FP32 runs again in each of them.
  static constexpr double kKeptShare = 1.0 / 16.0;

  /// Reads `model_bytes` (and frees them), optimizes, quantizes and compiles the model. Calibration data that cannot be
  /// used is no error: it becomes part of the result, and the model stays FP32. What serves in the end is handed to
  /// `accelerator`, which outlives the model.
  /// Errors: those of ReadOnnx, SchemeOf, WeightCalibrationOf, Optimize, QuantizeModel and Model::Create.
  static Result<QuantizeJob> Begin(Buffer model_bytes, std::span<const InputShape> shapes,
                                   StagedCalibration calibration, const Options& options, MemoryBudget& budget, Isa isa,
                                   Accelerator* accelerator = nullptr);

  /// Runs of samples so far, and in all stages together: a search may turn out longer than it looked.
  [[nodiscard]] std::size_t done_rows() const { return done_rows_; }
  [[nodiscard]] std::size_t total_rows() const;
  /// What the next samples are for.
  [[nodiscard]] QuantizeStage stage() const { return stage_; }
  /// Takes the next `rows` samples, of one stage or several. Errors: calibration_not_finite; budget_exceeded,
  /// out_of_memory.
  Status Step(std::size_t rows);

  /// What came of it: the result, and the model to put in service.
  struct Outcome {
    QuantizationResult result;
    Model model;
    Health health;  ///< of the quality alone: normal or warning
  };
  /// Requires stage() == done. `elapsed_ms` is what the call has taken so far. Errors: those of
  /// ExportQuantized.
  Result<Outcome> Finish(double elapsed_ms) &&;

 private:
  QuantizeJob(Model model, Options options, MemoryBudget& budget)
      : model_(std::move(model)), options_(std::move(options)), budget_(&budget) {}

  Status UseCalibration(StagedCalibration calibration, MemoryBudget& budget);
  [[nodiscard]] const float* Rows(std::size_t first) const {
    return calibration_.values.as<float>() + first * calibration_.width;
  }
  /// How many samples a pass of that stage takes.
  [[nodiscard]] std::size_t PassRows(QuantizeStage stage) const;
  /// How many passes there still are at least, that of the present stage not counted.
  [[nodiscard]] std::size_t RowsAfterPass() const;
  /// Bytes of the answers to as many samples as run at once.
  [[nodiscard]] std::uint64_t ChunkBytes() const;
  /// Takes room for the answers of FP32: to all samples, or to those of one chunk. Errors: budget_exceeded, out_of_memory.
  Status TakeFp32Outputs();
  /// Where FP32's answer to sample `at_ + row` goes.
  [[nodiscard]] float* Fp32Output(std::size_t row) {
    return fp32_outputs_.as<float>() + ((keeps_fp32_ ? at_ : 0) + row) * model_.output_width();
  }
  /// Whether FP32's answers to `count` samples from sample `at_ + row` on are kept.
  [[nodiscard]] bool HasFp32Outputs(std::size_t row, std::size_t count) const {
    return at_ + row + count <= fp32_rows_;
  }
  Status RunFp32(std::size_t row, std::size_t count, RunObserver* observer);
  /// Plans memory for runs of as many rows as there is use for, however the work is cut into steps, so that the heap looks
  /// the same after every quantize(). Gives for how many there is room.
  Result<std::size_t> PlanRuns();
  Status Observe(std::size_t rows);
  Status Compare(std::size_t rows, OutputComparison& comparison, LayerComparison* layers);
  Status FinishPass();
  Status FinishCalibration();
  void FinishSensitivity();
  void FinishTrial();
  void FinishSearch();
  /// The first stage that compares INT8 with FP32.
  void EnterFirstComparison();
  void EnterSensitivity();
  void EnterSearch();
  void EnterTrial();
  void EnterVerify();
  /// Whether layers are kept in float where that is needed.
  [[nodiscard]] bool searches() const { return options_.precision != 0; }
  /// Whether it is: the first trial, of all layers quantized, was not good enough.
  [[nodiscard]] bool MustSearch() const;
  [[nodiscard]] bool IsGoodEnough(const OutputFigures& figures) const;
  /// Whether the top-1 loss deserves a warning; none never does, whatever warnAccuracyDrop is.
  [[nodiscard]] bool IsNotableLoss(double accuracy_drop) const;
  double TimeInference(Precision precision);
  void Measure(double elapsed_ms);
  void Accelerate();
  /// Frees the float weights, and says what that saves and costs.
  void DropFloatWeights();
  void Decide();
  void Fall(FallbackReason reason, std::string_view why);
  void Warn(std::string_view why);

  Model model_;
  Options options_;
  StagedCalibration calibration_;
  QuantizationResult result_;
  Health health_ = Health::normal;
  MemoryBudget* budget_;
  Accelerator* accelerator_ = nullptr;
  Buffer fp32_outputs_;       ///< of all samples, or of one chunk
  Buffer int8_outputs_;       ///< of one chunk
  Buffer rederived_outputs_;  ///< of FP32 with weights re-derived from codes; empty where floats are to be kept

  bool keeps_fp32_ = false;
  std::size_t fp32_rows_ = 0;  ///< the first samples, whose FP32 answers are kept

  QuantizeStage stage_ = QuantizeStage::done;
  std::size_t done_rows_ = 0;
  std::size_t at_ = 0;               ///< samples of the present pass so far
  std::vector<std::size_t> layers_;  ///< the nodes that can run quantized
  std::unique_ptr<RangeCollection> ranges_;
  OutputComparison comparison_;                  ///< of the present pass
  OutputComparison rederived_comparison_;        ///< of FP32 with re-derived weights
  std::vector<LayerSensitivity> sensitivities_;  ///< of layers_, as far as they were found
  std::optional<PrecisionSearch> search_;        ///< from the second trial on
  std::unique_ptr<LayerComparison> layer_comparison_;
};

}  // namespace alice
