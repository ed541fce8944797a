#include "engine/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/split_list.h"
#include "numeric/error_stats.h"
#include "onnx/reader.h"
#include "passes/pipeline.h"

namespace alice {
namespace {

constexpr double kBytesPerMB = 1024.0 * 1024.0;

Error NoModel() {
  return MakeError(ErrorCode::no_model, "there is no model in service")
      .WithHint("call quantize() or load() with an ONNX model first");
}

double MsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

double NowMs() {
  return std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Engine::Engine(Isa isa) : budget_(static_cast<std::size_t>(options_.maxMemoryMB * kBytesPerMB)), isa_(isa) {}

Status Engine::SetOption(std::string_view name, const OptionValue& value) {
  ALICE_RETURN_IF_ERROR(alice::SetOption(options_, name, value));
  budget_.set_limit_bytes(static_cast<std::size_t>(options_.maxMemoryMB * kBytesPerMB));
  return {};
}

Result<std::span<std::byte>> Engine::StageModel(std::size_t bytes) {
  CancelQuantize();
  ALICE_ASSIGN_OR_RETURN(staged_model_, Buffer::Allocate(budget_, MemoryKind::model, bytes));
  return staged_model_.span<std::byte>();
}

Result<Engine::CalibrationRoom> Engine::StageCalibration(std::size_t rows, std::size_t width) {
  staged_calibration_ = {};
  if (rows > SIZE_MAX / sizeof(float) / std::max<std::size_t>(width, 1)) {
    return MakeError(ErrorCode::budget_exceeded, rows, " rows of ", width, " calibration values do not fit in memory");
  }
  StagedCalibration staged;
  const std::size_t values = width == 0 ? rows : rows * width;
  const std::size_t labels = width == 0 ? 0 : rows;
  ALICE_ASSIGN_OR_RETURN(staged.values, Buffer::Allocate(budget_, MemoryKind::io, values * sizeof(float)));
  ALICE_ASSIGN_OR_RETURN(staged.labels, Buffer::Allocate(budget_, MemoryKind::io, labels * sizeof(std::int32_t)));
  staged.is_given = true;
  staged.rows = rows;
  staged.width = width;
  staged_calibration_ = std::move(staged);
  std::ranges::fill(staged_calibration_.labels.span<std::int32_t>(), -1);
  return CalibrationRoom{staged_calibration_.values.span<float>(), staged_calibration_.labels.span<std::int32_t>()};
}

Result<std::size_t> Engine::BeginQuantize(bool is_behavior_set) {
  Buffer bytes = std::move(staged_model_);
  StagedCalibration calibration = std::move(staged_calibration_);
  CancelQuantize();
  calibration.is_behavior_set = is_behavior_set;
  if (bytes.bytes() == 0) return MakeError(ErrorCode::model_truncated, "the model has no bytes");
  ALICE_ASSIGN_OR_RETURN(QuantizeJob job,
                         QuantizeJob::Begin(std::move(bytes), std::move(calibration), options_, budget_, isa_));
  job_ = std::make_unique<QuantizeJob>(std::move(job));
  return job_->total_rows();
}

Result<Engine::JobProgress> Engine::StepQuantize(std::size_t rows) {
  if (!job_) return MakeError(ErrorCode::no_model, "no quantization is in progress");
  Status stepped = job_->Step(rows);
  if (!stepped.ok()) {
    CancelQuantize();
    return std::move(stepped).error();
  }
  return JobProgress{job_->done_rows(), job_->total_rows(), job_->stage()};
}

Result<QuantizationResult> Engine::FinishQuantize(double elapsed_ms) {
  if (!job_ || job_->stage() != QuantizeStage::done) {
    return MakeError(ErrorCode::no_model, "no finished quantization is in progress");
  }
  const std::unique_ptr<QuantizeJob> job = std::move(job_);
  ALICE_ASSIGN_OR_RETURN(QuantizeJob::Outcome outcome, std::move(*job).Finish(elapsed_ms));
  std::optional<QuantizationReport> report(outcome.result);
  ALICE_ASSIGN_OR_RETURN(service_, MakeService(std::move(outcome.model)));
  report_ = std::move(report);
  health_ = outcome.health;
  SetFallback(outcome.result.fallback);
  return std::move(outcome.result);
}

void Engine::CancelQuantize() {
  job_.reset();
  staged_model_.Reset();
  staged_calibration_ = {};
}

Status Engine::Load() {
  Buffer bytes = std::move(staged_model_);
  CancelQuantize();
  if (bytes.bytes() == 0) return MakeError(ErrorCode::model_truncated, "the model has no bytes");
  ALICE_ASSIGN_OR_RETURN(Graph graph, ReadOnnx(bytes.span<const std::byte>(), budget_, SplitList(options_.outputs)));
  bytes.Reset();
  ALICE_RETURN_IF_ERROR(Optimize(graph, budget_));
  ALICE_ASSIGN_OR_RETURN(Model model, Model::Create(std::move(graph), budget_, isa_,
                                                    options_.keepFp32 ? FloatWeights::kept : FloatWeights::decoded));
  model.session().ReleaseCodes();
  ALICE_ASSIGN_OR_RETURN(service_, MakeService(std::move(model)));
  report_.reset();
  health_ = Health::normal;
  SetFallback(FallbackReason::none);
  return {};
}

const QuantizationMetrics* Engine::metrics() const {
  const bool is_measured = report_ && report_->fallback != FallbackReason::calibration_invalid;
  return is_measured ? &report_->metrics : nullptr;
}

Result<std::unique_ptr<Engine::Service>> Engine::MakeService(Model model) {
  const std::size_t input_bytes = model.input_width() * sizeof(float);
  const std::size_t output_bytes = model.output_width() * sizeof(float);
  auto service = std::make_unique<Service>(Service{std::move(model), {}, {}, {}});
  ALICE_ASSIGN_OR_RETURN(service->input, Buffer::Allocate(budget_, MemoryKind::io, input_bytes));
  ALICE_ASSIGN_OR_RETURN(service->output, Buffer::Allocate(budget_, MemoryKind::io, output_bytes));
  ALICE_ASSIGN_OR_RETURN(service->other_output, Buffer::Allocate(budget_, MemoryKind::io, output_bytes));
  EndBatch();
  return service;
}

std::span<float> Engine::input() const { return service_ ? service_->input.span<float>() : std::span<float>(); }

std::span<const float> Engine::output() const {
  return service_ ? service_->output.span<const float>() : std::span<const float>();
}

Precision Engine::mode() const {
  const bool int8 = service_ && service_->model.session().has_int8() && !forced_ && fallback_ == FallbackReason::none;
  return int8 ? Precision::int8 : Precision::fp32;
}

Status Engine::CheckInput(std::span<const float> values) const {
  // A sum of finite values times 0 is 0; any NaN or infinity makes it NaN.
  float sum = 0.0f;
  for (const float value : values) sum += value * 0.0f;
  if (sum == 0.0f) return {};
  const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  return MakeError(ErrorCode::input_not_finite, "input value ", bad - values.begin(), " is ", *bad);
}

Result<std::size_t> Engine::Infer() {
  if (!service_) return NoModel();
  Service& service = *service_;
  ALICE_RETURN_IF_ERROR(CheckInput(service.input.span<const float>()));
  last_precision_ = mode();
  ++(last_precision_ == Precision::int8 ? int8_count_ : fp32_count_);
  auto* output = service.output.as<float>();
  service.model.RunOne(last_precision_, service.input.as<const float>(), output);
  return ArgMax(output, service.model.output_width());
}

Result<std::span<float>> Engine::StageBatch(std::size_t rows) {
  if (!service_) return NoModel();
  const std::size_t row_values = service_->model.input_width() + service_->model.output_width();
  if (rows > SIZE_MAX / sizeof(float) / row_values) {
    return MakeError(ErrorCode::budget_exceeded, "a batch of ", rows, " rows does not fit in memory");
  }
  EndBatch();
  const std::size_t input_bytes = rows * service_->model.input_width() * sizeof(float);
  const std::size_t output_bytes = rows * service_->model.output_width() * sizeof(float);
  ALICE_ASSIGN_OR_RETURN(Buffer inputs, Buffer::Allocate(budget_, MemoryKind::io, input_bytes));
  ALICE_ASSIGN_OR_RETURN(batch_outputs_, Buffer::Allocate(budget_, MemoryKind::io, output_bytes));
  batch_inputs_ = std::move(inputs);
  batch_rows_ = rows;
  return batch_inputs_.span<float>();
}

void Engine::EndBatch() {
  batch_rows_ = 0;
  batch_inputs_.Reset();
  batch_outputs_.Reset();
}

Result<std::span<const float>> Engine::InferBatch() {
  if (!service_) return NoModel();
  ALICE_RETURN_IF_ERROR(CheckInput(batch_inputs_.span<const float>()));
  last_precision_ = mode();
  ALICE_RETURN_IF_ERROR(
      service_->model.Run(last_precision_, batch_inputs_.as<const float>(), batch_rows_, batch_outputs_.as<float>()));
  (last_precision_ == Precision::int8 ? int8_count_ : fp32_count_) += batch_rows_;
  return batch_outputs_.span<const float>();
}

Result<Comparison> Engine::Compare() {
  if (!service_) return NoModel();
  Service& service = *service_;
  if (!service.model.session().has_int8()) {
    return MakeError(ErrorCode::argument_invalid, "the model in service has no INT8 layers to compare with");
  }
  ALICE_RETURN_IF_ERROR(CheckInput(service.input.span<const float>()));
  Comparison comparison;
  const auto run = [&](Precision precision, Buffer& output, double& ms) {
    const auto begin = std::chrono::steady_clock::now();
    service.model.RunOne(precision, service.input.as<const float>(), output.as<float>());
    ms = MsSince(begin);
    return output.span<const float>();
  };
  comparison.fp32 = run(Precision::fp32, service.other_output, comparison.fp32_ms);
  comparison.int8 = run(Precision::int8, service.output, comparison.int8_ms);
  ErrorStats stats;
  stats.Add(comparison.fp32.data(), comparison.int8.data(), comparison.fp32.size());
  comparison.similarity = stats.Cosine();
  comparison.max_difference = stats.max_error;
  return comparison;
}

Status Engine::ForceFallback(bool use_fp32) {
  if (!service_) return NoModel();
  forced_ = use_fp32;
  if (use_fp32) {
    fallback_at_ms_ = NowMs();
  } else if (fallback_ == FallbackReason::quant_timeout) {
    SetFallback(FallbackReason::none);
  }
  return {};
}

void Engine::SetFallback(FallbackReason reason) {
  fallback_ = reason;
  if (reason != FallbackReason::none) fallback_at_ms_ = NowMs();
}

EngineStatus Engine::GetStatus() const {
  EngineStatus status;
  status.mode = mode();
  status.health = forced_ || fallback_ != FallbackReason::none ? Health::fallback : health_;
  status.fallback = forced_ ? FallbackReason::manual_override : fallback_;
  status.fallback_at_ms = fallback_at_ms_;
  status.int8_count = int8_count_;
  status.fp32_count = fp32_count_;
  status.isa = isa_;
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
  if (service_) {
    memory.planned = service_->model.session().planned();
    memory.arena_bytes = service_->model.session().arena_bytes();
    memory.int8_weight_bytes = service_->model.session().int8_weight_bytes();
    memory.fp32_weight_bytes = service_->model.session().fp32_weight_bytes();
  }
  return memory;
}

}  // namespace alice
