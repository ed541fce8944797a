#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "engine/model.h"
#include "engine/options.h"
#include "engine/quantize_job.h"
#include "engine/report.h"
#include "tensor/buffer.h"
#include "tensor/memory_budget.h"

namespace alice {

/// The two outputs of one input, and how far they are apart.
struct Comparison {
  std::span<const float> fp32, int8;
  double similarity = 0.0;      ///< cosine
  double max_difference = 0.0;  ///< largest |fp32 − int8|
  double fp32_ms = 0.0, int8_ms = 0.0;
};

/// How the engine is doing.
struct EngineStatus {
  Precision mode = Precision::fp32;
  Health health = Health::normal;
  FallbackReason fallback = FallbackReason::none;
  double fallback_at_ms = 0.0;  ///< since 1970
  std::uint64_t int8_count = 0, fp32_count = 0;
  Isa isa = Isa::reference;
};

struct MemoryStatus {
  std::size_t limit_bytes = 0;
  std::size_t held_bytes = 0, peak_bytes = 0;
  std::array<std::size_t, kMemoryKinds> by_kind{};
  MemoryByKind planned;  ///< what the model in service was to take, with its rows; nothing without one
  std::size_t arena_bytes = 0;
  std::size_t int8_weight_bytes = 0, fp32_weight_bytes = 0;
};

/// The whole runtime behind one object: a model in service, a quantization in progress, a memory budget.
///
/// Whatever fails leaves the model in service as it was. Not thread-safe; one engine lives on one thread.
class Engine {
 public:
  explicit Engine(Isa isa = BestIsa());

  /// See options.h. Applies to what comes after. `maxMemoryMB` bounds the engine's tensors at once.
  Status SetOption(std::string_view name, const OptionValue& value);

  /// Room for the bytes of a model, to be filled before BeginQuantize or Load takes them. Errors: budget_exceeded,
  /// out_of_memory.
  Result<std::span<std::byte>> StageModel(std::size_t bytes);
  /// Room for calibration rows [rows, width] and their labels [rows] (−1: unknown), to be filled before BeginQuantize.
  /// Width 0: room for `rows` values in all and no labels; BeginQuantize cuts them into rows of the model's width.
  struct CalibrationRoom {
    std::span<float> values;
    std::span<std::int32_t> labels;
  };
  Result<CalibrationRoom> StageCalibration(std::size_t rows, std::size_t width);

  /// Quantization in steps (see QuantizeJob). Begin takes what is staged and gives the number of samples to compare.
  /// Errors: model_truncated without a staged model, and those of QuantizeJob; any error ends the quantization.
  Result<std::size_t> BeginQuantize(bool is_behavior_set);
  struct JobProgress {
    std::size_t done = 0, total = 0;
    QuantizeStage stage = QuantizeStage::done;  ///< what the next samples are for
  };
  Result<JobProgress> StepQuantize(std::size_t rows);
  /// Decides, and puts the new model in service. `elapsed_ms` is what the call has taken so far.
  Result<QuantizationResult> FinishQuantize(double elapsed_ms);
  /// Drops what is staged or begun.
  void CancelQuantize();

  /// Puts the staged model in service as it is: a model with INT8 layers runs them in INT8. Errors: as BeginQuantize.
  Status Load();

  /// The model in service, or null.
  [[nodiscard]] const Model* model() const { return service_ ? &service_->model : nullptr; }
  /// What quantize() found out about the model in service, if that came from it.
  [[nodiscard]] const std::optional<QuantizationReport>& report() const { return report_; }
  /// What was measured then, or null.
  [[nodiscard]] const QuantizationMetrics* metrics() const;

  /// The row that Infer and Compare read, and the row that Infer writes; empty without a model.
  [[nodiscard]] std::span<float> input() const;
  [[nodiscard]] std::span<const float> output() const;

  /// Runs the input row in the present mode; gives the class, the index of the largest output. Allocates nothing.
  /// Errors: no_model; input_not_finite, naming the value.
  Result<std::size_t> Infer();
  [[nodiscard]] Precision last_precision() const { return last_precision_; }

  /// Room for `rows` input rows; then runs them and gives [rows, output width], valid until the next call. Each row's
  /// answer is the one Infer gives. Errors: no_model, input_not_finite, budget_exceeded, out_of_memory.
  Result<std::span<float>> StageBatch(std::size_t rows);
  Result<std::span<const float>> InferBatch();
  /// Gives the memory of the batch back.
  void EndBatch();

  /// Runs the input row in both precisions. Errors: no_model, input_not_finite; argument_invalid for a model without INT8
  /// layers.
  Result<Comparison> Compare();

  /// true: FP32 until further notice. false: ends that, and a fallback for quantization time; not one for quality.
  /// Error: no_model.
  Status ForceFallback(bool use_fp32);

  [[nodiscard]] EngineStatus GetStatus() const;
  [[nodiscard]] MemoryStatus GetMemory() const;

 private:
  /// A model in service with its fixed rows.
  struct Service {
    Model model;
    Buffer input, output, other_output;
  };
  Result<std::unique_ptr<Service>> MakeService(Model model);
  Status CheckInput(std::span<const float> values) const;
  [[nodiscard]] Precision mode() const;
  void SetFallback(FallbackReason reason);

  Options options_;
  MemoryBudget budget_;
  Isa isa_;
  Buffer staged_model_;
  StagedCalibration staged_calibration_;
  std::unique_ptr<QuantizeJob> job_;

  std::unique_ptr<Service> service_;
  std::optional<QuantizationReport> report_;
  Buffer batch_inputs_, batch_outputs_;
  std::size_t batch_rows_ = 0;

  Health health_ = Health::normal;
  FallbackReason fallback_ = FallbackReason::none;  ///< set by itself
  bool forced_ = false;                             ///< set by the user
  double fallback_at_ms_ = 0.0;
  Precision last_precision_ = Precision::fp32;
  std::uint64_t int8_count_ = 0, fp32_count_ = 0;
};

}  // namespace alice
