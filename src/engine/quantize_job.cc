#include "engine/quantize_job.h"

#include <algorithm>
#include <chrono>

#include "onnx/reader.h"
#include "passes/pipeline.h"
#include "quant/calibration_check.h"
#include "quant/quantize_model.h"

namespace alice {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014), its upper bits as a float in [0, 1).
void FillWithNoise(std::span<float> values) {
  std::uint64_t state = 0;
  for (float& value : values) {
    state += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    value = static_cast<float>(z >> 40) * 0x1p-24f;
  }
}

std::string Text(const auto&... parts) { return JoinMessage({MessagePart(parts)...}); }

/// Cuts a flat array into rows, and checks them.
Status CheckStaged(StagedCalibration& staged, std::size_t input_width, std::span<const std::string> classes) {
  const auto values = staged.values.span<const float>();
  if (staged.width == 0) {
    if (values.size() % input_width != 0) {
      return MakeError(ErrorCode::calibration_width, values.size(),
                       " calibration values are no whole number of rows of ", input_width,
                       ", the width of the model's input");
    }
    staged.width = input_width;
    staged.rows = values.size() / input_width;
  }
  return CheckCalibration({.values = values,
                           .width = staged.width,
                           .labels = staged.labels.span<const std::int32_t>(),
                           .is_behavior_set = staged.is_behavior_set},
                          input_width, classes);
}

double MsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

Result<QuantizeJob> QuantizeJob::Begin(Buffer model_bytes, StagedCalibration calibration, const Options& options,
                                       MemoryBudget& budget, Isa isa) {
  const std::size_t original_bytes = model_bytes.bytes();
  ALICE_ASSIGN_OR_RETURN(Graph graph, ReadOnnx(model_bytes.span<const std::byte>(), budget));
  model_bytes.Reset();
  ALICE_RETURN_IF_ERROR(Optimize(graph, budget));

  std::optional<Error> calibration_error;
  std::vector<std::byte> int8_model;
  if (calibration.is_given) {
    ALICE_ASSIGN_OR_RETURN(const std::size_t input_width, SampleWidth(graph));
    Status usable = CheckStaged(calibration, input_width, DescribeGraph(graph).classes);
    if (!usable.ok()) calibration_error = std::move(usable).error();
  }
  if (!calibration_error) {
    ALICE_RETURN_IF_ERROR(QuantizeDynamicInt8(graph, budget));
    ALICE_ASSIGN_OR_RETURN(int8_model, ExportDynamicInt8(graph, budget));
  }

  ALICE_ASSIGN_OR_RETURN(Model model, Model::Create(std::move(graph), budget, isa));
  QuantizeJob job(std::move(model), options);
  job.result_.original_bytes = original_bytes;
  job.result_.int8_model = std::move(int8_model);
  const ModelInfo& info = job.model_.info();
  job.result_.logs.push_back(
      Text("read ", info.nodes, " nodes, ", info.parameters, " parameters, operator set ", info.opset));
  if (calibration_error) {
    job.result_.logs.push_back(calibration_error->message);
    job.result_.calibration_error = std::move(calibration_error);
    return job;
  }
  job.result_.logs.push_back(
      Text("quantized ", info.quantized_layers, " layers: s8 weights per channel, u8 activations"));
  ALICE_RETURN_IF_ERROR(job.UseCalibration(std::move(calibration), budget));
  return job;
}

Status QuantizeJob::UseCalibration(StagedCalibration calibration, MemoryBudget& budget) {
  calibration_ = std::move(calibration);
  if (calibration_.rows == 0) {
    calibration_.rows = kSyntheticRows;
    calibration_.width = model_.input_width();
    ALICE_ASSIGN_OR_RETURN(calibration_.values, Buffer::Allocate(budget, MemoryKind::io,
                                                                 kSyntheticRows * calibration_.width * sizeof(float)));
    FillWithNoise(calibration_.values.span<float>());
    result_.metrics.synthetic = true;
    result_.logs.emplace_back("no calibration data: INT8 is compared with FP32 on noise");
  }
  const std::size_t output_bytes = Model::kMaxRows * model_.output_width() * sizeof(float);
  ALICE_ASSIGN_OR_RETURN(fp32_outputs_, Buffer::Allocate(budget, MemoryKind::io, output_bytes));
  ALICE_ASSIGN_OR_RETURN(int8_outputs_, Buffer::Allocate(budget, MemoryKind::io, output_bytes));
  layers_ = std::make_unique<LayerComparison>(model_.session());
  result_.metrics.worst_cosine = 1.0;
  return {};
}

Status QuantizeJob::Step(std::size_t rows) {
  rows = std::min(rows, total_rows() - done_);
  while (rows > 0) {
    const std::size_t chunk = std::min(rows, Model::kMaxRows);
    ALICE_RETURN_IF_ERROR(CompareChunk(chunk));
    rows -= chunk;
  }
  return {};
}

Status QuantizeJob::CompareChunk(std::size_t rows) {
  const float* inputs = calibration_.values.as<float>() + done_ * calibration_.width;
  const bool with_layers = done_ < kLayerRows;
  auto* fp32 = fp32_outputs_.as<float>();
  auto* int8 = int8_outputs_.as<float>();
  // A model without a batch axis runs row by row, and its layers have to be compared row by row.
  const std::size_t step = model_.session().has_batch_axis() ? rows : 1;
  for (std::size_t row = 0; row < rows; row += step) {
    const float* input = inputs + row * calibration_.width;
    const std::size_t at = row * model_.output_width();
    ALICE_RETURN_IF_ERROR(model_.Run(Precision::fp32, input, step, fp32 + at, with_layers ? layers_->fp32() : nullptr));
    ALICE_RETURN_IF_ERROR(model_.Run(Precision::int8, input, step, int8 + at, with_layers ? layers_->int8() : nullptr));
  }
  const auto labels = calibration_.labels.span<const std::int32_t>();
  for (std::size_t row = 0; row < rows; ++row, ++done_) {
    const std::size_t at = row * model_.output_width();
    AddSample(fp32 + at, int8 + at, labels.empty() ? -1 : labels[done_]);
  }
  return {};
}

void QuantizeJob::AddSample(const float* fp32, const float* int8, std::int32_t label) {
  const std::size_t width = model_.output_width();
  const double cosine = CosineSimilarity(fp32, int8, width);
  cosine_sum_ += cosine;
  if (cosine < result_.metrics.worst_cosine) {
    result_.metrics.worst_cosine = cosine;
    result_.metrics.worst_sample = done_;
  }
  const std::size_t fp32_class = ArgMax(fp32, width);
  const std::size_t int8_class = ArgMax(int8, width);
  agreements_ += fp32_class == int8_class ? 1 : 0;
  if (label < 0) return;
  ++labelled_;
  fp32_correct_ += fp32_class == static_cast<std::size_t>(label) ? 1 : 0;
  int8_correct_ += int8_class == static_cast<std::size_t>(label) ? 1 : 0;
}

double QuantizeJob::TimeInference(Precision precision) {
  auto* output = fp32_outputs_.as<float>();
  const std::size_t rows = std::min(calibration_.rows, kTimedRuns);
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t run = 0; run < kTimedRuns; ++run) {
    model_.RunOne(precision, calibration_.values.as<float>() + run % rows * calibration_.width, output);
  }
  return MsSince(begin) / static_cast<double>(kTimedRuns);
}

void QuantizeJob::Measure(double elapsed_ms) {
  const auto begin = std::chrono::steady_clock::now();
  QuantizationMetrics& metrics = result_.metrics;
  const auto samples = static_cast<double>(done_);
  metrics.samples = done_;
  metrics.mean_cosine = cosine_sum_ / samples;
  metrics.top1_agreement = static_cast<double>(agreements_) / samples;
  metrics.accuracy_drop = 1.0 - metrics.top1_agreement;
  if (labelled_ > 0) {
    metrics.fp32_accuracy = static_cast<double>(fp32_correct_) / static_cast<double>(labelled_);
    metrics.int8_accuracy = static_cast<double>(int8_correct_) / static_cast<double>(labelled_);
    metrics.accuracy_drop = *metrics.fp32_accuracy - *metrics.int8_accuracy;
  }
  metrics.fp32_weight_bytes = model_.session().fp32_weight_bytes();
  metrics.int8_weight_bytes = model_.session().int8_weight_bytes();
  metrics.fp32_inference_ms = TimeInference(Precision::fp32);
  metrics.int8_inference_ms = TimeInference(Precision::int8);
  result_.layers = layers_->Report(model_.session());
  metrics.quantization_ms = elapsed_ms + MsSince(begin);
}

Health QuantizeJob::Fall(FallbackReason reason, std::string why) {
  result_.logs.push_back(std::move(why));
  if (!options_.enableAutoFallback) return Health::warning;
  result_.fallback = reason;
  return Health::fallback;
}

Health QuantizeJob::Decide() {
  const QuantizationMetrics& metrics = result_.metrics;
  if (metrics.mean_cosine < options_.fallbackThreshold) {
    return Fall(FallbackReason::similarity_low,
                Text("mean cosine ", metrics.mean_cosine, " is below fallbackThreshold ", options_.fallbackThreshold));
  }
  if (metrics.accuracy_drop > options_.maxAccuracyDrop) {
    return Fall(FallbackReason::accuracy_drop,
                Text("top-1 loss ", metrics.accuracy_drop, " is above maxAccuracyDrop ", options_.maxAccuracyDrop));
  }
  result_.success = true;
  if (metrics.quantization_ms > options_.maxLatencyMs) {
    return Fall(FallbackReason::quant_timeout,
                Text("quantization took ", metrics.quantization_ms, " ms, above maxLatencyMs ", options_.maxLatencyMs));
  }
  if (metrics.mean_cosine < options_.similarityThreshold) {
    result_.logs.push_back(
        Text("mean cosine ", metrics.mean_cosine, " is below similarityThreshold ", options_.similarityThreshold));
    return Health::warning;
  }
  if (metrics.accuracy_drop >= options_.warnAccuracyDrop) {
    result_.logs.push_back(
        Text("top-1 loss ", metrics.accuracy_drop, " reaches warnAccuracyDrop ", options_.warnAccuracyDrop));
    return Health::warning;
  }
  return Health::normal;
}

QuantizeJob::Outcome QuantizeJob::Finish(double elapsed_ms) && {
  ALICE_CHECK(done_ == total_rows());
  Health health = Health::fallback;
  if (result_.calibration_error) {
    result_.fallback = FallbackReason::calibration_invalid;
    result_.metrics.quantization_ms = elapsed_ms;
  } else {
    Measure(elapsed_ms);
    health = Decide();
  }
  return {std::move(result_), std::move(model_), health};
}

}  // namespace alice
