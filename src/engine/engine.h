#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/batch.h"
#include "engine/device_fault.h"
#include "engine/layer_integers.h"
#include "engine/model.h"
#include "engine/options.h"
#include "engine/quantize_job.h"
#include "engine/report.h"
#include "engine/served_model.h"
#include "engine/supervisor.h"
#include "onnx/reader.h"
#include "tensor/buffer.h"
#include "tensor/heap_limit.h"
#include "tensor/memory_budget.h"

namespace alice {

/// What quantize() has found out about a node: how its input is quantized, or clipped (QuantizedForm).
struct QuantizedNode {
  std::size_t node = 0;
  std::optional<QParams> input;
  std::optional<QuantRange> bound;
};

/// How the engine is doing.
struct EngineStatus {
  Precision mode = Precision::fp32;
  Health health = Health::normal;
  FallbackReason fallback = FallbackReason::none;
  double fallback_at_ms = 0.0;  ///< since 1970; so is
  double probed_at_ms = 0.0;    ///< when it was last looked whether INT8 can answer again; 0: never
  std::uint64_t int8_count = 0, fp32_count = 0;
  Isa isa = Isa::reference;
  /// Whether a device executes what it can of the model, and why the latest run was not left to it; empty where it was.
  bool is_accelerated = false;
  std::string_view acceleration_error;
  /// The kernels of the model's products in each precision; empty where it has none.
  std::string_view int8_kernel, fp32_kernel;
};

struct MemoryStatus {
  std::size_t limit_bytes = 0;
  std::size_t held_bytes = 0, peak_bytes = 0;
  std::array<std::size_t, kMemoryKinds> by_kind{};
  ServedMemory served;  ///< all 0 without a model
};

/// The whole runtime behind one object: a model in service, a quantization in progress, a memory budget.
///
/// Whatever fails leaves the model in service as it was. Not thread-safe; one engine lives on one thread.
class Engine {
 public:
  /// `make_accelerator` makes the device of the option `backend: webgl`; null: there is none in this build.
  explicit Engine(Isa isa = BestIsa(), const Clock& clock = SystemClock(),
                  AcceleratorFactory make_accelerator = nullptr);

  /// See options.h. Applies to what comes after. `maxMemoryMB` bounds the engine's tensors and the growth of the heap at
  /// once. Error of `backend`: backend_unavailable, where there is no such device.
  Status SetOption(std::string_view name, const OptionValue& value);

  /// Room for the bytes of a model, to be filled before BeginQuantize or Load takes them. Errors: budget_exceeded,
  /// out_of_memory.
  Result<std::span<std::byte>> StageModel(std::size_t bytes);
  /// The shape that an input of the staged model is to have; it may leave axes open.
  Status StageShape(std::string_view input, std::span<const std::int64_t> dims);
  /// What the staged model says of itself whatever sizes its open axes have; it stays staged. It has no nodes and no parameters
  /// there. Errors: those of ReadSignature.
  Result<ModelInfo> DescribeStaged();
  /// The rows that the staged model takes, which stays staged. Errors: those of reading it, and of another form than Model's.
  struct StagedRows {
    RowLayout layout;
    std::vector<TensorInfo> inputs;
  };
  Result<StagedRows> ReadStagedInputs();
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

  /// Leaves the engine without a model.
  void Unload();

  // The model in service for inputs of other shapes: docs/adr/0017-a-plan-for-each-shape.md.

  /// Puts the staged model, which must be the one in service but for its shapes, in service beside it, its layers quantized in
  /// the same way, and serves it from now on. Gives its number; the model that was adopted is number 0. What was decided about
  /// INT8 stays. Errors: as Load; no_model.
  Result<std::size_t> AddPlan();
  /// Serves that one from now on, which has been added and not dropped. Allocates nothing.
  void UsePlan(std::size_t plan);
  /// Gives back the memory of one that is not served at the moment.
  void DropPlan(std::size_t plan);

  /// The model in service, or null.
  [[nodiscard]] const Model* model() const { return service_ ? &service_->model() : nullptr; }
  /// What quantize() found out about the model in service, if that came from it.
  [[nodiscard]] const std::optional<QuantizationReport>& report() const { return report_; }
  /// What was measured then, or null.
  [[nodiscard]] const QuantizationMetrics* metrics() const;

  /// The row that Infer and Compare read, and the row that Infer writes; empty without a model.
  [[nodiscard]] std::span<float> input() const;
  [[nodiscard]] std::span<const float> output() const;

  /// Answers the input row, in INT8 or in FP32, as the supervisor has it (served_model.h). Allocates nothing.
  /// Errors: no_model; input_not_finite, naming the value.
  Result<Answer> Infer();

  /// Room for `rows` rows of the model in service, which stays until EndBatch whatever model follows; gives its number, which
  /// is not 0. Errors: no_model, budget_exceeded, out_of_memory.
  Result<std::size_t> StageBatch(std::size_t rows);
  /// That room; null for a number of none.
  [[nodiscard]] const Batch* batch(std::size_t number) const;
  /// Answers the rows [first, end) of a batch, and gives how many it did: less than there are where the events of some must be
  /// taken first. Each row's answer is the one that Infer gives. Errors: no_model, input_not_finite; argument_invalid for rows
  /// that there are not, or of other widths than those of the model in service.
  Result<std::size_t> InferBatch(std::size_t number, std::size_t first, std::size_t end);
  /// Gives its memory back.
  void EndBatch(std::size_t number);

  /// Runs the input row in both precisions. Errors: no_model, input_not_finite; argument_invalid for a model without INT8
  /// layers.
  Result<Comparison> Compare();
  /// Runs the input row in every precision, which nobody hears of: what inferences call has then been called. Error: no_model.
  Status Rehearse();
  /// Runs the input row in INT8 and gives the integers of a quantized layer, as the device has them where it executes the
  /// layer (AccelerationReport). Errors: no_model, input_not_finite; argument_invalid for a layer that the model does not
  /// have.
  Result<LayerIntegers> IntegersOf(std::string_view layer);

  /// true: FP32 until further notice. false: ends that, and a fallback for time or memory; not one for quality.
  /// Error: no_model.
  Status ForceFallback(bool use_fp32);

  /// What has happened, and what waits to be told.
  [[nodiscard]] const Supervisor& supervisor() const { return supervisor_; }
  void ClearEvents() { supervisor_.events().Clear(); }
  /// What goes wrong on purpose in INT8 runs of the model in service; null without one.
  [[nodiscard]] Faults* faults() { return service_ ? &service_->faults() : nullptr; }

#ifdef ALICE_THREADS
  /// Model::IsWorthSharing of the model in service, and as the option `threads` says Model::Share, or with `most` ShareIfFaster.
  /// Error: no_model.
  Result<bool> IsWorthSharing();
  Result<SharingReport> Share(ThreadTeam& team, std::size_t most);
#endif

  /// The device that executes models beside the CPU, or null.
  [[nodiscard]] Accelerator* accelerator() { return lent_ ? lent_.get() : accelerator_.get(); }
  /// What the device does wrong on purpose from now on, with models that it is tried with after the first call.
  void SetDeviceFault(DeviceFault fault);

  // A model in service here that another engine with a device of its own, in another module, is to execute: see
  // docs/adr/0015-auto-measures.md.

  /// Tries `device` with the model in service, `rows` samples together, and keeps it for each precision in which it is right
  /// and faster than the CPU, until another model comes. Errors: no_model; budget_exceeded, out_of_memory.
  Status UseDevice(std::unique_ptr<Accelerator> device, std::size_t rows);
  /// Ends that.
  void DropDevice();
  struct Effort {
    double ms = 0.0;             ///< of one run
    double multiply_adds = 0.0;  ///< of its products
  };
  /// What `rows` samples take together in the precision that answers. Errors as of UseDevice.
  Result<Effort> MeasureEffort(std::size_t rows);
  /// How the quantized nodes of the model in service run, as far as its bytes and the options do not say it.
  [[nodiscard]] std::vector<QuantizedNode> QuantizedNodes() const;
  /// Puts the staged model in service as another engine with the same options has quantized it. Errors: as Load;
  /// argument_invalid for nodes of another model.
  Status LoadQuantized(std::span<const QuantizedNode> nodes, FloatWeights float_weights = FloatWeights::kept);
  /// The model in service goes on as it stood there. What led to that is neither counted nor told here. Error: no_model.
  Status Resume(const Standing& standing);
  /// Plans memory for `samples` samples together; the session's inputs and outputs are then those of one. Runs as many as are
  /// in its inputs on the engine's own device, or not at all. Errors: no_model; budget_exceeded, out_of_memory; backend_unavailable.
  Status PlanOnDevice(std::size_t samples);
  Status RunOnDevice(Precision precision, std::size_t samples);

  [[nodiscard]] EngineStatus GetStatus() const;
  [[nodiscard]] MemoryStatus GetMemory() const;

 private:
  /// Whose kernels models are compiled with: options.inc.
  [[nodiscard]] Isa isa() const { return options_.isa == 0 ? best_isa_ : static_cast<Isa>(options_.isa - 1); }

  /// Float weights that a model has as codes alone are held where keepFp32 asks for it and they take no more than that share
  /// of the budget.
  static constexpr double kDecodedShare = 0.25;
  Result<Model> ReadStagedModel();
  struct StagedModel {
    Buffer bytes;
    std::vector<InputShape> shapes;
  };
  /// Error: model_truncated without a staged model.
  [[nodiscard]] Status CheckStaged() const;
  /// Nothing is staged any more, or begun. Error: as CheckStaged.
  Result<StagedModel> TakeStaged();
  /// The staged model, which is not staged any more.
  Result<Graph> ReadStagedGraph();
  /// The same, optimized, with the nodes quantized that the options want quantized; or with none.
  Result<Graph> ReadQuantizable(bool quantizes);
  /// A model of it, of which these nodes run quantized. Errors: argument_invalid for nodes that cannot; those of Model::Create.
  Result<Model> MakeQuantized(Graph graph, std::span<const QuantizedNode> nodes, FloatWeights float_weights);
  /// Brings the device that the option `backend` asks for.
  Status SetBackend();
  /// The device, which can be told to go wrong if that has been asked for.
  std::unique_ptr<Accelerator> Fallible(std::unique_ptr<Accelerator> device);
  /// Puts a model in service.
  Status Adopt(Model model, std::optional<QuantizationReport> report, RecoveryEvent adoption, FallbackReason reason);
  static OwnedError NoModel();
  /// Passes a failure on, which the supervisor counts where it is one of memory.
  OwnedError Counted(OwnedError error);

  Options options_;
  MemoryBudget budget_;
  HeapAllowance allowance_;  ///< what the budget allows, once it is used or set
  Isa best_isa_;
  AcceleratorFactory make_accelerator_;
  std::unique_ptr<Accelerator> accelerator_;  ///< outlives the models
  std::unique_ptr<Accelerator> lent_;         ///< of UseDevice
  FaultyAccelerator* faulty_ = nullptr;       ///< which of them that is, once it has been told to go wrong
  std::optional<DeviceFault> device_fault_;
  Buffer staged_model_;
  std::vector<InputShape> staged_shapes_;
  StagedCalibration staged_calibration_;
  std::unique_ptr<QuantizeJob> job_;

  Supervisor supervisor_;
  std::unique_ptr<ServedModel> service_;
  /// The model for other shapes.
  struct Plan {
    std::size_t number;
    std::unique_ptr<ServedModel> served;
  };
  std::vector<Plan> other_plans_;
  std::size_t plan_ = 0;  ///< the number of the one in service
  std::size_t next_plan_ = 1;
  /// How the nodes of the model that was adopted are quantized, by name and number among those of that name, once it is made
  /// for another shape: a graph of other shapes may lack some of them.
  std::map<std::pair<std::string, std::size_t>, QuantizedNode> forms_by_name_;
  std::optional<QuantizationReport> report_;
  /// Of a model in service that was quantized here or in another engine: how it has its float weights.
  std::optional<FloatWeights> quantized_with_;
  std::list<Batch> batches_;
  std::size_t next_batch_ = 1;
};

}  // namespace alice
