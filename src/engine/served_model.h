#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "base/result.h"
#include "engine/faults.h"
#include "engine/model.h"
#include "engine/supervisor.h"
#include "kernels/arg_max_f32/arg_max_f32.h"
#include "monitor/answer_ring.h"
#include "tensor/buffer.h"

namespace alice {

/// What one inference gave besides its output row. JavaScript reads it where it lies: web/src/answer-records.ts.
struct Answer {
  /// Of the highest f32 output, the first of equals; 0 where there is none.
  std::uint32_t class_index = 0;
  /// Of INT8 and FP32, where it was monitored; else NaN.
  float similarity = std::numeric_limits<float>::quiet_NaN();
  /// What it took, or where it was not timed what the latest ones took on average; 0 in a batch.
  float latency_ms = 0.0f;
  Precision precision = Precision::fp32;
};

/// The two outputs of one input, and how far they are apart.
struct Comparison {
  std::span<const float> fp32, int8;
  double similarity = 0.0;      ///< cosine
  double max_difference = 0.0;  ///< largest |fp32 − int8|
  double fp32_ms = 0.0, int8_ms = 0.0;
};

/// What a model in service takes of the budget, as it was planned, and what its quantized layers have.
struct ServedMemory {
  MemoryByKind planned;
  std::size_t arena_bytes = 0;
  std::size_t int8_weight_bytes = 0, fp32_weight_bytes = 0;

  ServedMemory& operator+=(const ServedMemory& other) {
    planned += other.planned;
    arena_bytes += other.arena_bytes;
    int8_weight_bytes += other.int8_weight_bytes;
    fp32_weight_bytes += other.fp32_weight_bytes;
    return *this;
  }
};

/// A model in service: its fixed rows, and its answers under supervision. Every input gets an answer: where INT8 may not
/// give it, or fails to, FP32 does. After Create nothing here allocates but a batch's plan.
class ServedModel {
 public:
  /// Errors: budget_exceeded, out_of_memory.
  static Result<std::unique_ptr<ServedModel>> Create(Model model, MemoryBudget& budget, Supervisor& supervisor);

  [[nodiscard]] Model& model() { return model_; }
  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] std::span<float> input() const { return input_.span<float>(); }
  [[nodiscard]] std::span<const float> output() const { return output_.span<const float>(); }
  [[nodiscard]] Precision precision() const;
  /// Who looks on in runs of that precision: faults, or nobody (null).
  [[nodiscard]] RunObserver* observer() { return precision() == Precision::int8 ? faults_.ForRuns() : nullptr; }

  /// Answers the input row into the output row.
  Answer Infer();
  /// Answers rows [rows, input width] one after the other, each as Infer would, but for the latency of several together, into
  /// `outputs` [rows, output width] and `answers` [rows]. Gives how many it did: it stops where no more events can be
  /// queued.
  std::size_t InferRows(const float* inputs, std::size_t rows, float* outputs, Answer* answers);
  /// Gives back the memory that InferRows took to run several rows together.
  void GiveBackRows();
  /// Runs the input row in both precisions.
  Comparison Compare();
  /// The same for nothing but to have done what inferences do.
  void Rehearse();
  /// Tries `device`, which outlives its use, on noise, `rows` samples together, and keeps it where it is right and faster than
  /// the CPU (Model::Accelerate, KeepFaster). Errors: budget_exceeded, out_of_memory.
  Status UseDevice(Accelerator& device, std::size_t rows);
  /// Ends that.
  void EndDevice();
  /// Runs the input row in INT8 for an observer to look on.
  void Observe(RunObserver& observer) {
    model_.RunPlanned(Precision::int8, input_.as<const float>(), 1, output_.as<float>(), &observer);
  }

  /// Allocates nothing: what a batch does not change is found once.
  [[nodiscard]] ServedMemory memory() const;

  /// For each inference of a device that is checked so many would be monitored.
  static constexpr std::size_t kMonitoredPerSpotCheck = 10;

  /// What goes wrong on purpose in INT8 runs.
  [[nodiscard]] Faults& faults() { return faults_; }

 private:
  ServedModel(Model model, Supervisor& supervisor)
      : model_(std::move(model)),
        supervisor_(&supervisor),
        faults_(model_.session()),
        arg_max_(SelectArgMaxF32(model_.session().isa())) {}

  /// Tells the supervisor when the device is lost or back.
  void WatchDevice();
  /// Runs that a device had a part in, `rows` of them, have left `output` for `input`: one time in so many the CPU runs that
  /// one too. Where it finds something else its answer takes the place of the device's, which has no part from then on.
  void SpotCheck(Precision precision, const float* input, float* output, std::size_t rows);
  /// False where the run threw; failure_ then has its text.
  bool RunInt8(const float* inputs, std::size_t rows, float* outputs);
  void RunFp32(const float* inputs, std::size_t rows, float* outputs);
  /// Runs FP32 on those of the coming INT8 answers that the monitor will look at, if none before them changes that.
  void Foresee(const float* inputs, std::size_t rows);
  [[nodiscard]] std::uint32_t ClassOf(const float* output) const;
  [[nodiscard]] AnswerPair PairOf(const float* fp32, const float* int8) const {
    const RowLayout& layout = model_.output_layout();
    return {fp32, int8, layout.floats(), layout.scores()};
  }
  /// FP32's output for a row of a run.
  const float* Fp32Of(const float* input, std::size_t row);
  /// Supervises the INT8 answer to a row of a run, and puts FP32's in its place where that is due.
  Answer Supervise(const float* input, float* output, std::size_t row, bool ran, bool was_timed);
  /// Supervises one FP32 answer.
  Answer Keep(const float* input, const float* output);
  void Probe(const float* input, const float* output);

  Model model_;
  Supervisor* supervisor_;
  Buffer input_, output_, other_output_;
  Buffer check_output_;  ///< of SpotCheck; empty without a device
  /// FP32's outputs for rows of the run that is being supervised, until something else runs.
  struct Foreseen {
    std::size_t first = 0, stride = 1, count = 0;
    const float* outputs = nullptr;
  };
  Foreseen foreseen_;
  AnswerRing ring_;
  bool device_is_lost_ = false;
  std::size_t runs_unchecked_ = 0;  ///< of the device
  Faults faults_;
  const ArgMaxF32Kernel& arg_max_;
  ServedMemory memory_;
  FailureText failure_;
};

}  // namespace alice
