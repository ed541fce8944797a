#include "engine/engine.h"

#include <algorithm>

#include "engine/check_finite.h"
#include "engine/read_model_graph.h"
#include "exec/sample_axis.h"
#include "passes/pipeline.h"

namespace alice {
namespace {

struct Adoption {
  RecoveryEvent event;
  FallbackReason reason;
};

/// What a quantized model begins with.
Adoption AdoptionOf(const QuantizeJob::Outcome& outcome, const Options& options) {
  const QuantizationResult& result = outcome.result;
  const auto falls = [&](RecoveryEvent event) { return Adoption{event, result.fallback}; };
  if (result.fallback == FallbackReason::calibration_invalid) return falls(RecoveryEvent::adopt_unjudged);
  if (!outcome.model.session().has_int8()) return {RecoveryEvent::adopt_float, FallbackReason::none};
  if (result.fallback == FallbackReason::similarity_low) return falls(RecoveryEvent::adopt_dissimilar);
  if (result.fallback == FallbackReason::accuracy_drop) return falls(RecoveryEvent::adopt_inaccurate);
  if (result.fallback == FallbackReason::quant_timeout) return falls(RecoveryEvent::adopt_late);
  if (outcome.health == Health::normal) return {RecoveryEvent::adopt_good, FallbackReason::none};
  const bool is_drifting = result.metrics.outputs.mean_cosine < options.similarityThreshold;
  return {RecoveryEvent::adopt_warned, is_drifting ? FallbackReason::similarity_low : FallbackReason::accuracy_drop};
}

}  // namespace

Engine::Engine(Isa isa, const Clock& clock, AcceleratorFactory make_accelerator)
    : budget_(static_cast<std::size_t>(options_.maxMemoryMB * kBytesPerMB)),
      best_isa_(isa),
      make_accelerator_(make_accelerator),
      supervisor_(budget_, clock) {}

OwnedError Engine::NoModel() {
  return MakeError(ErrorCode::no_model, "there is no model in service")
      .WithHint("call quantize() or load() with an ONNX model first");
}

OwnedError Engine::Counted(OwnedError error) {
  if (ErrorStage(error->code) == "budget") supervisor_.CountRefusal();
  return error;
}

Status Engine::SetOption(std::string_view name, const OptionValue& value) {
  ALICE_RETURN_IF_ERROR(alice::SetOption(options_, name, value));
  if (name == "backend") ALICE_RETURN_IF_ERROR(SetBackend());
  if (const Isa asked = isa(); asked > best_isa_) {
    options_.isa = 0;
    return MakeError(ErrorCode::backend_unavailable, "there are no ", IsaName(asked),
                     " kernels in this build, or for this machine")
        .WithHint("leave `isa` out: the best there is will be used");
  }
  budget_.set_limit_bytes(static_cast<std::size_t>(options_.maxMemoryMB * kBytesPerMB));
  if (name == "maxMemoryMB") allowance_.Allow(budget_.limit_bytes());
  return {};
}

Status Engine::SetBackend() {
  if (options_.backend != kWebglBackend) return {};
  if (make_accelerator_ == nullptr) {
    return MakeError(ErrorCode::backend_unavailable, "there is no WebGL in this build");
  }
  ALICE_ASSIGN_OR_RETURN(accelerator_, make_accelerator_());
  return {};
}

Result<std::span<std::byte>> Engine::StageModel(std::size_t bytes) {
  CancelQuantize();
  allowance_.Allow(budget_.limit_bytes());
  auto room = Buffer::Allocate(budget_, MemoryKind::model, bytes);
  if (!room.ok()) return Counted(std::move(room).error());
  staged_model_ = std::move(*room);
  return staged_model_.span<std::byte>();
}

Status Engine::StageShape(std::string_view input, std::span<const std::int64_t> dims) {
  if (dims.size() > kMaxRank) {
    return MakeError(ErrorCode::shape_mismatch, "the input \"", input, "\" is to have rank ", dims.size(),
                     "; the most is ", kMaxRank);
  }
  staged_shapes_.push_back({std::string(input), Shape(dims)});
  return {};
}

Status Engine::CheckStaged() const {
  if (staged_model_.bytes() > 0) return {};
  return MakeError(ErrorCode::model_truncated, "the model has no bytes");
}

Result<Engine::StagedModel> Engine::TakeStaged() {
  Status is_there = CheckStaged();
  StagedModel staged{std::move(staged_model_), std::move(staged_shapes_)};
  CancelQuantize();
  if (!is_there.ok()) return std::move(is_there).error();
  return staged;
}

Result<ModelInfo> Engine::DescribeStaged() {
  ALICE_RETURN_IF_ERROR(CheckStaged());
  auto graph = ReadModelSignature(staged_model_.span<const std::byte>(), options_, staged_shapes_, budget_);
  if (!graph.ok()) return Counted(std::move(graph).error());
  return DescribeGraph(*graph);
}

Result<Graph> Engine::ReadStagedGraph() {
  ALICE_ASSIGN_OR_RETURN(const StagedModel staged, TakeStaged());
  return ReadModelGraph(staged.bytes.span<const std::byte>(), options_, staged.shapes, budget_);
}

Result<Engine::StagedRows> Engine::ReadStagedInputs() {
  ALICE_RETURN_IF_ERROR(CheckStaged());
  auto graph = ReadModelGraph(staged_model_.span<const std::byte>(), options_, staged_shapes_, budget_);
  if (!graph.ok()) return Counted(std::move(graph).error());
  ALICE_RETURN_IF_ERROR(CheckOpenAxes(*graph));
  ALICE_ASSIGN_OR_RETURN(RowLayout layout, InputLayout(*graph));
  return StagedRows{std::move(layout), DescribeGraph(*graph).inputs};
}

Result<Engine::CalibrationRoom> Engine::StageCalibration(std::size_t rows, std::size_t width) {
  staged_calibration_ = {};
  if (rows > SIZE_MAX / sizeof(float) / std::max<std::size_t>(width, 1)) {
    return MakeError(ErrorCode::budget_exceeded, rows, " rows of ", width, " calibration values do not fit in memory");
  }
  StagedCalibration staged;
  const std::size_t values = width == 0 ? rows : rows * width;
  const std::size_t labels = width == 0 ? 0 : rows;
  auto value_room = Buffer::Allocate(budget_, MemoryKind::io, values * sizeof(float));
  if (!value_room.ok()) return Counted(std::move(value_room).error());
  auto label_room = Buffer::Allocate(budget_, MemoryKind::io, labels * sizeof(std::int32_t));
  if (!label_room.ok()) return Counted(std::move(label_room).error());
  staged.values = std::move(*value_room);
  staged.labels = std::move(*label_room);
  staged.is_given = true;
  staged.rows = rows;
  staged.width = width;
  staged_calibration_ = std::move(staged);
  std::ranges::fill(staged_calibration_.labels.span<std::int32_t>(), -1);
  return CalibrationRoom{staged_calibration_.values.span<float>(), staged_calibration_.labels.span<std::int32_t>()};
}

Result<std::size_t> Engine::BeginQuantize(bool is_behavior_set) {
  StagedCalibration calibration = std::move(staged_calibration_);
  calibration.is_behavior_set = is_behavior_set;
  ALICE_ASSIGN_OR_RETURN(StagedModel staged, TakeStaged());
  auto job = QuantizeJob::Begin(std::move(staged.bytes), staged.shapes, std::move(calibration), options_, budget_,
                                isa(), accelerator_.get());
  if (!job.ok()) return Counted(std::move(job).error());
  job_ = std::make_unique<QuantizeJob>(std::move(*job));
  return job_->total_rows();
}

Result<Engine::JobProgress> Engine::StepQuantize(std::size_t rows) {
  if (!job_) return MakeError(ErrorCode::no_model, "no quantization is in progress");
  Status stepped = job_->Step(rows);
  if (!stepped.ok()) {
    CancelQuantize();
    return Counted(std::move(stepped).error());
  }
  return JobProgress{job_->done_rows(), job_->total_rows(), job_->stage()};
}

Result<QuantizationResult> Engine::FinishQuantize(double elapsed_ms) {
  if (!job_ || job_->stage() != QuantizeStage::done) {
    return MakeError(ErrorCode::no_model, "no finished quantization is in progress");
  }
  const std::unique_ptr<QuantizeJob> job = std::move(job_);
  auto outcome = std::move(*job).Finish(elapsed_ms);
  if (!outcome.ok()) return Counted(std::move(outcome).error());
  const Adoption adoption = AdoptionOf(*outcome, options_);
  QuantizationReport report(outcome->result);
  const FloatWeights float_weights = report.rederived ? FloatWeights::decoded : FloatWeights::kept;
  ALICE_RETURN_IF_ERROR(Adopt(std::move(outcome->model), std::move(report), adoption.event, adoption.reason));
  quantized_with_ = float_weights;
  return std::move(outcome->result);
}

Status Engine::Adopt(Model model, std::optional<QuantizationReport> report, RecoveryEvent adoption,
                     FallbackReason reason) {
  auto service = ServedModel::Create(std::move(model), budget_, supervisor_);
  if (!service.ok()) return Counted(std::move(service).error());
  Unload();
  service_ = std::move(*service);
  report_ = std::move(report);
  Supervisor::AdoptionFigures figures;
  if (const QuantizationMetrics* measured = metrics(); measured != nullptr) {
    figures = {measured->outputs.mean_cosine, measured->outputs.accuracy_drop, measured->quantization_ms};
  }
  supervisor_.Adopt(adoption, reason, options_, figures);
  return {};
}

void Engine::Unload() {
  DropDevice();
  other_plans_.clear();
  forms_by_name_.clear();
  service_.reset();
  report_.reset();
  quantized_with_.reset();
  plan_ = 0;
  next_plan_ = 1;
}

void Engine::CancelQuantize() {
  job_.reset();
  staged_model_.Reset();
  staged_shapes_.clear();
  staged_calibration_ = {};
}

Status Engine::Load() {
  auto model = ReadStagedModel();
  if (!model.ok()) return Counted(std::move(model).error());
  const RecoveryEvent adoption = model->session().has_int8() ? RecoveryEvent::adopt_good : RecoveryEvent::adopt_float;
  return Adopt(std::move(*model), std::nullopt, adoption, FallbackReason::none);
}

Result<Model> Engine::ReadStagedModel() {
  ALICE_ASSIGN_OR_RETURN(Graph graph, ReadStagedGraph());
  ALICE_RETURN_IF_ERROR(OptimizeCoded(graph, budget_));
  const double most_decoded = kDecodedShare * static_cast<double>(budget_.limit_bytes());
  const bool keeps_floats = options_.keepFp32 && static_cast<double>(DecodedBytes(graph)) <= most_decoded;
  if (keeps_floats) ALICE_RETURN_IF_ERROR(DecodeWeights(graph, budget_));
  const FloatWeights float_weights = keeps_floats ? FloatWeights::kept : FloatWeights::decoded;
  const auto kept_answers = static_cast<std::size_t>(options_.recoveryCheckInterval);
  ALICE_ASSIGN_OR_RETURN(Model model, Model::Create(std::move(graph), budget_, isa(), float_weights, kept_answers));
  if (accelerator_) model.AccelerateTriedOn(*accelerator_, {});
  model.session().ReleaseCodes();
  model.session().PackFloatWeights();
  return model;
}

const QuantizationMetrics* Engine::metrics() const {
  const bool is_measured = report_ && report_->fallback != FallbackReason::calibration_invalid;
  return is_measured ? &report_->metrics : nullptr;
}

std::span<float> Engine::input() const { return service_ ? service_->input() : std::span<float>(); }

std::span<const float> Engine::output() const { return service_ ? service_->output() : std::span<const float>(); }

Result<Answer> Engine::Infer() {
  if (!service_) return NoModel();
  ALICE_RETURN_IF_ERROR(CheckFinite(service_->input(), service_->model().input_layout()));
  return service_->Infer();
}

Result<Comparison> Engine::Compare() {
  if (!service_) return NoModel();
  if (!service_->model().session().has_int8()) {
    return MakeError(ErrorCode::argument_invalid, "the model in service has no INT8 layers to compare with");
  }
  ALICE_RETURN_IF_ERROR(CheckFinite(service_->input(), service_->model().input_layout()));
  return service_->Compare();
}

Status Engine::Rehearse() {
  if (!service_) return NoModel();
  service_->Rehearse();
  return {};
}

Result<LayerIntegers> Engine::IntegersOf(std::string_view layer) {
  if (!service_) return NoModel();
  ALICE_ASSIGN_OR_RETURN(const std::size_t node, service_->faults().LayerOf(layer));
  ALICE_RETURN_IF_ERROR(CheckFinite(service_->input(), service_->model().input_layout()));
  const Acceleration& acceleration = service_->model().session().acceleration();
  LayerIntegers of_device(node, /*allows_device=*/true);
  service_->Observe(of_device);
  // A device in another module shows nothing, and one that is lost has left the run to the CPU.
  const bool is_shown = !of_device.accumulators().empty() && !acceleration.error();
  if (!acceleration.Has(Precision::int8) || is_shown) return of_device;
  LayerIntegers of_cpu(node, /*allows_device=*/false);
  service_->Observe(of_cpu);
  return of_cpu;
}

Status Engine::ForceFallback(bool use_fp32) {
  if (!service_) return NoModel();
  supervisor_.Apply(use_fp32 ? RecoveryEvent::hold : RecoveryEvent::release);
  return {};
}

#ifdef ALICE_THREADS
Result<bool> Engine::IsWorthSharing() {
  if (!service_) return NoModel();
  return options_.threads > 0 || service_->model().IsWorthSharing();
}

Result<SharingReport> Engine::Share(ThreadTeam& team, std::size_t most) {
  if (!service_) return NoModel();
  if (options_.threads == 0) return service_->model().ShareIfFaster(team, most);
  return service_->model().Share(team, static_cast<std::size_t>(options_.threads));
}
#endif

EngineStatus Engine::GetStatus() const {
  const RecoveryMachine& machine = supervisor_.machine();
  EngineStatus status;
  status.mode = machine.answers_int8() ? Precision::int8 : Precision::fp32;
  status.health = machine.health();
  status.fallback = machine.reason();
  status.fallback_at_ms = supervisor_.fallback_at_ms();
  status.probed_at_ms = supervisor_.probed_at_ms();
  status.fp32_count = supervisor_.counts().inferences[static_cast<std::size_t>(Precision::fp32)];
  status.int8_count = supervisor_.counts().inferences[static_cast<std::size_t>(Precision::int8)];
  status.isa = isa();
  if (service_) {
    const Session& session = service_->model().session();
    status.int8_kernel = session.KernelName(Precision::int8);
    status.fp32_kernel = session.KernelName(Precision::fp32);
    const Acceleration& acceleration = session.acceleration();
    status.is_accelerated = acceleration.Has(Precision::int8) || acceleration.Has(Precision::fp32);
    if (acceleration.error()) status.acceleration_error = acceleration.error()->message;
  }
  return status;
}

MemoryStatus Engine::GetMemory() const {
  MemoryStatus memory;
  memory.limit_bytes = budget_.limit_bytes();
  memory.held_bytes = budget_.held_bytes();
  memory.peak_bytes = budget_.peak_bytes();
  for (std::size_t kind = 0; kind < kMemoryKinds; ++kind) {
    memory.by_kind[kind] = budget_.held_bytes(static_cast<MemoryKind>(kind));
  }
  if (service_) memory.served = service_->memory();
  for (const Plan& plan : other_plans_) memory.served += plan.served->memory();
  return memory;
}

}  // namespace alice
