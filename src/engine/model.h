#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "engine/acceleration_report.h"
#include "engine/report.h"
#include "engine/row_layout.h"
#include "engine/sharing.h"
#include "engine/staged_calibration.h"
#include "exec/session.h"
#include "tensor/memory_budget.h"

namespace alice {

/// A model in service or about to be: a session that takes a row of inputs a sample and gives a row of outputs
/// (row_layout.h).
class Model {
 public:
  /// `kept_answers`: how many answers with their inputs the owner wants to keep (see kept_answers()). Errors: those of
  /// Session::Create; shape_mismatch, model_unsupported_type for models of another form.
  static Result<Model> Create(Graph graph, MemoryBudget& budget, Isa isa,
                              FloatWeights float_weights = FloatWeights::kept, std::size_t kept_answers = 0);

  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const Session& session() const { return session_; }
  [[nodiscard]] const ModelInfo& info() const { return info_; }
  [[nodiscard]] const RowLayout& input_layout() const { return inputs_; }
  [[nodiscard]] const RowLayout& output_layout() const { return outputs_; }
  /// Words of the rows of one sample.
  [[nodiscard]] std::size_t input_width() const { return inputs_.words(); }
  [[nodiscard]] std::size_t output_width() const { return outputs_.words(); }

  /// For how many kept answers memory is planned: as many as are wanted, but none for a model that is all float, and no more
  /// than go into kKeptShare of the budget.
  [[nodiscard]] std::size_t kept_answers() const { return kept_answers_; }

  /// Plans memory for running up to `rows` samples together; gives for how many there is room, kMaxRows at most.
  /// Errors: budget_exceeded, out_of_memory.
  Result<std::size_t> PlanRows(std::size_t rows);
  /// Runs `rows` samples, as many at a time as the budget has room for and kMaxRows at most.
  /// `inputs` is [rows, input_width], with kBufferSlack readable bytes behind it, `outputs` [rows, output_width]; they do not
  /// overlap. Errors: budget_exceeded, out_of_memory.
  Status Run(Precision precision, const float* inputs, std::size_t rows, float* outputs,
             RunObserver* observer = nullptr);
  /// Runs `rows` samples together, for which memory must be planned, as it is for one from the start: cannot fail and
  /// allocates nothing.
  void RunPlanned(Precision precision, const float* inputs, std::size_t rows, float* outputs,
                  RunObserver* observer = nullptr);
  /// The same for every `stride`-th row of `inputs`, of a model that gives one tensor. The outputs [rows, output_width] are
  /// valid until another run, or another plan.
  const float* RunSpread(Precision precision, const float* inputs, std::size_t rows, std::size_t stride);

  /// Hands what `accelerator` can execute over to it (Session::Accelerate), in each precision in which it answers `rows` as
  /// the CPU does: INT8 with the same integers, outputs within AccelerationCheck::kTolerance. Never fails: acceleration() says
  /// what came of it. Requires memory planned for one row.
  /// `together`: how many of the rows run together; memory must be planned for as many.
  /// `int8_on_cpu` looks on while INT8 is timed on the CPU.
  void Accelerate(Accelerator& accelerator, std::span<const float> rows, std::size_t together = 1,
                  RunObserver* int8_on_cpu = nullptr);
  /// The same with the first of these samples, or where there are none with noise.
  void AccelerateTriedOn(Accelerator& accelerator, const StagedCalibration& samples, std::size_t together = 1,
                         RunObserver* int8_on_cpu = nullptr);
  /// Takes each precision back from the accelerator in which the CPU is as fast.
  void KeepFaster();
  /// Nothing where it was not asked for.
  [[nodiscard]] const std::optional<AccelerationReport>& acceleration() const { return acceleration_; }

#ifdef ALICE_THREADS
  /// Whether one run takes long enough for threads to shorten it, as timed on one thread, in some 25 ms.
  [[nodiscard]] bool IsWorthSharing();
  /// Shares the coming runs among that many threads of `team`. Never fails: the report says what came of it.
  SharingReport Share(ThreadTeam& team, std::size_t threads);
  /// The same for the most threads, up to `most`, that make runs faster, as timed beside runs on one; else for that one.
  SharingReport ShareIfFaster(ThreadTeam& team, std::size_t most);
#endif
  /// What `rows` samples take together, after a warm-up, on noise: the least of some rounds of runs, as an interruption makes
  /// a run longer, never shorter. Error as of PlanRows.
  Result<double> TimeMs(Precision precision, std::size_t rows, RunObserver* observer = nullptr);

  /// Takes a node's quantized form away for good (see Session::KeepFloat).
  void KeepFloat(std::size_t node);

  /// Gives back the memory that Run took to run several samples at a time, and describes the model as it has become.
  void Settle();

  /// How many samples go through the arena together.
  static constexpr std::size_t kMaxRows = 48;
  static constexpr double kKeptShare = 1.0 / 16.0;

 private:
  explicit Model(Session session) : session_(std::move(session)) {}
  Result<PrecisionAcceleration> TryAcceleration(Accelerator& accelerator, Precision precision,
                                                std::span<const float> rows, std::size_t together, RunObserver* on_cpu);
  void Redescribe();
#ifdef ALICE_THREADS
  /// That of the answers while all is well.
  [[nodiscard]] Precision MainPrecision() const;
  /// For runs on whatever is in the session's own inputs.
  void PrepareTrial();
#endif
  /// Lets the session take the samples of rows that are `stride` rows apart: where they lie, if it can, or copied.
  void TakeInputs(const float* inputs, std::size_t rows, std::size_t stride);
  /// Lets the session leave its output there, or where it would (null); gives whether it can.
  bool LeaveOutputs(float* outputs);
  /// Copies what it has left where it would.
  void GiveOutputs(float* outputs, std::size_t rows) const;

  Session session_;
  ModelInfo info_;
  RowLayout inputs_, outputs_;
  std::size_t kept_answers_ = 0;
  std::optional<AccelerationReport> acceleration_;
};

/// What a graph says of itself. Class names come from the metadata entry `classes` (separated by commas), else a model of
/// 12 inputs and 6 outputs has the behaviour classes, else there are none.
ModelInfo DescribeGraph(const Graph& graph);

/// The rows that the graph takes. Errors: as Model::Create, for a graph of another form.
Result<RowLayout> InputLayout(const Graph& graph);

}  // namespace alice
