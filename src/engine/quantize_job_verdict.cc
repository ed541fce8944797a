// What a quantization comes to: figures, a verdict, what goes into service.
#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/quantize_job.h"
#include "quant/quantize_model.h"

namespace alice {
namespace {

double MsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

bool QuantizeJob::IsGoodEnough(const OutputFigures& figures) const {
  return figures.mean_cosine >= options_.similarityThreshold && !IsNotableLoss(figures.accuracy_drop);
}

bool QuantizeJob::IsNotableLoss(double accuracy_drop) const {
  return accuracy_drop > 0.0 && accuracy_drop >= options_.warnAccuracyDrop;
}

double QuantizeJob::TimeInference(Precision precision) {
  auto* output = int8_outputs_.as<float>();
  const std::size_t rows = std::min(calibration_.rows, kTimedRuns);
  const auto begin = std::chrono::steady_clock::now();
  std::size_t runs = 0;
  double elapsed_ms = 0.0;
  while (runs < kTimedRuns && elapsed_ms < kTimed_ms) {
    for (const std::size_t end = runs + kTimedRunsAtOnce; runs < end; ++runs) {
      model_.RunPlanned(precision, calibration_.values.as<float>() + runs % rows * calibration_.width, 1, output);
    }
    elapsed_ms = MsSince(begin);
  }
  return elapsed_ms / static_cast<double>(runs);
}

void QuantizeJob::Measure(double elapsed_ms) {
  const auto begin = std::chrono::steady_clock::now();
  QuantizationMetrics& metrics = result_.metrics;
  metrics.outputs = comparison_.Figures();
  metrics.fp32_weight_bytes = model_.session().fp32_weight_bytes();
  metrics.int8_weight_bytes = model_.session().int8_weight_bytes();
  metrics.fp32_inference_ms = TimeInference(Precision::fp32);
  metrics.int8_inference_ms = TimeInference(Precision::int8);
  result_.layers = layer_comparison_->Report(model_.session());
  for (std::size_t i = 0; i < sensitivities_.size(); ++i) result_.layers[i].alone = sensitivities_[i];
  metrics.quantization_ms = elapsed_ms + MsSince(begin);
}

void QuantizeJob::DropFloatWeights() {
  Session& session = model_.session();
  RederivedFp32& rederived = result_.rederived.emplace();
  rederived.outputs = rederived_comparison_.Figures();
  rederived.kept_inference_ms = result_.metrics.fp32_inference_ms;
  const std::uint64_t before = session.planned()[MemoryKind::weights_f32];
  session.DropFloatWeights();
  rederived.saved_bytes = static_cast<std::size_t>(before - session.planned()[MemoryKind::weights_f32]);
  rederived.rederived_inference_ms = TimeInference(Precision::fp32);
  result_.logs.push_back(JoinMessage(
      {"dropped ", rederived.saved_bytes, " bytes of float weights: FP32 re-derives them from the codes, ",
       "mean cosine ", rederived.outputs.mean_cosine, " with the true FP32, worst ", rederived.outputs.worst_cosine,
       ", one inference in ", rederived.rederived_inference_ms, " ms instead of ", rederived.kept_inference_ms}));
}

void QuantizeJob::Accelerate() {
  if (accelerator_ == nullptr) return;
  model_.AccelerateTriedOn(*accelerator_, calibration_);
}

void QuantizeJob::Fall(FallbackReason reason, std::string_view why) {
  Warn(why);
  if (options_.enableAutoFallback) result_.fallback = reason;
}

void QuantizeJob::Warn(std::string_view why) {
  result_.logs.emplace_back(why);
  health_ = Health::warning;
}

void QuantizeJob::Decide() {
  const QuantizationMetrics& metrics = result_.metrics;
  const double cosine = metrics.outputs.mean_cosine;
  const double loss = metrics.outputs.accuracy_drop;
  if (cosine < options_.fallbackThreshold) {
    result_.error = MakeError(ErrorCode::quality_similarity_low, "mean cosine ", cosine, " is below fallbackThreshold ",
                              options_.fallbackThreshold);
    return Fall(FallbackReason::similarity_low, result_.error->message);
  }
  if (loss > options_.maxAccuracyDrop) {
    result_.error = MakeError(ErrorCode::quality_accuracy_drop, "top-1 loss ", loss, " is above maxAccuracyDrop ",
                              options_.maxAccuracyDrop);
    return Fall(FallbackReason::accuracy_drop, result_.error->message);
  }
  result_.success = true;
  if (cosine < options_.similarityThreshold) {
    Warn(JoinMessage({"mean cosine ", cosine, " is below similarityThreshold ", options_.similarityThreshold}));
  } else if (IsNotableLoss(loss)) {
    Warn(JoinMessage({"top-1 loss ", loss, " reaches warnAccuracyDrop ", options_.warnAccuracyDrop}));
  }
  // A slow quantization says nothing of the quality, so it leaves the health as it is.
  const bool is_late = metrics.quantization_ms > options_.maxLatencyMs;
  if (is_late && options_.enableAutoFallback && model_.session().has_int8()) {
    result_.fallback = FallbackReason::quant_timeout;
    result_.logs.push_back(JoinMessage(
        {"quantization took ", metrics.quantization_ms, " ms, above maxLatencyMs ", options_.maxLatencyMs}));
  }
}

Result<QuantizeJob::Outcome> QuantizeJob::Finish(double elapsed_ms) && {
  ALICE_CHECK(stage_ == QuantizeStage::done);
  fp32_outputs_.Reset();
  if (result_.error) {
    result_.fallback = FallbackReason::calibration_invalid;
    result_.metrics.quantization_ms = elapsed_ms;
    Accelerate();
    model_.session().PackFloatWeights();
  } else {
    const auto begin = std::chrono::steady_clock::now();
    auto exported = ExportQuantized(model_.session().graph(), *budget_);
    if (exported.ok()) {
      result_.int8_model = std::move(*exported);
      result_.quantized_bytes = result_.int8_model.size();
    } else if (exported.error().code == ErrorCode::model_unsupported_type) {
      result_.logs.push_back(exported.error().message);
    } else {
      return std::move(exported).error();
    }
    // The graph is written; what is timed is what will serve.
    Accelerate();
    model_.session().PackFloatWeights();
    Measure(elapsed_ms + MsSince(begin));
    Decide();
    if (rederived_outputs_.bytes() > 0 && model_.session().has_int8()) {
      // What INT8 falls short of is measured against the true FP32, which then has to go on answering.
      if (result_.success) {
        DropFloatWeights();
      } else {
        result_.logs.emplace_back("kept the float weights: INT8 is not good enough");
      }
    }
  }
  model_.session().ReleaseCodes();
  model_.Settle();
  return Outcome{std::move(result_), std::move(model_), health_};
}

}  // namespace alice
