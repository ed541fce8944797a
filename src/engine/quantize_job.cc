#include "engine/quantize_job.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/sort_ids.h"
#include "engine/read_model_graph.h"
#include "passes/pipeline.h"
#include "quant/quantize_model.h"

namespace alice {
std::string_view QuantizeStageName(QuantizeStage stage) {
  switch (stage) {
    case QuantizeStage::calibrate:
      return "calibrate";
    case QuantizeStage::sensitivity:
      return "sensitivity";
    case QuantizeStage::search:
      return "search";
    case QuantizeStage::verify:
      return "verify";
    case QuantizeStage::done:
      return "done";
  }
  return "?";
}

Result<QuantizeJob> QuantizeJob::Begin(Buffer model_bytes, std::span<const InputShape> shapes,
                                       StagedCalibration calibration, const Options& options, MemoryBudget& budget,
                                       Isa isa, Accelerator* accelerator) {
  const std::size_t original_bytes = model_bytes.bytes();
  ALICE_ASSIGN_OR_RETURN(const Scheme scheme, SchemeOf(options));
  ALICE_ASSIGN_OR_RETURN(const WeightCalibration weight_calibration, WeightCalibrationOf(options));
  ALICE_ASSIGN_OR_RETURN(Graph graph, ReadModelGraph(model_bytes.span<const std::byte>(), options, shapes, budget));
  model_bytes.Reset();
  ALICE_RETURN_IF_ERROR(Optimize(graph, budget));

  if (RowLayout(graph, graph.outputs).floats() == 0) {
    return MakeError(ErrorCode::shape_mismatch,
                     "the model gives no f32 values, by which INT8 could be compared with FP32");
  }
  std::optional<Error> calibration_error;
  const bool needs_samples = scheme.activations.strategy == Strategy::fixed;
  if (needs_samples && !calibration.is_given) {
    calibration_error =
        MakeError(ErrorCode::calibration_too_few, "there are no calibration samples, from which strategy ",
                  "\"static\" takes its ranges");
  }
  if (calibration.is_given) {
    ALICE_ASSIGN_OR_RETURN(const RowLayout inputs, InputLayout(graph));
    Status usable = calibration.Check(inputs, DescribeGraph(graph).classes);
    if (!usable.ok()) calibration_error = std::move(usable).error();
  }
  if (!calibration_error) {
    ALICE_RETURN_IF_ERROR(QuantizeModel(graph, scheme, LayerPolicyOf(options), budget, weight_calibration));
  }

  const auto kept_answers = static_cast<std::size_t>(options.recoveryCheckInterval);
  ALICE_ASSIGN_OR_RETURN(Model model, Model::Create(std::move(graph), budget, isa, FloatWeights::kept, kept_answers));
  QuantizeJob job(std::move(model), options, budget);
  job.accelerator_ = accelerator;
  job.result_.original_bytes = original_bytes;
  const ModelInfo& info = job.model_.info();
  job.result_.scheme = info.quantized_layers > 0 ? SchemeText(scheme) : "float";
  job.result_.logs.push_back(JoinMessage({"read the model: ", info.nodes, " nodes after optimization, ",
                                          info.parameters, " parameters, operator set ", info.opset}));
  if (calibration_error) {
    job.result_.logs.push_back(calibration_error->message);
    job.result_.error = std::move(calibration_error);
    return job;
  }
  job.result_.logs.push_back(info.quantized_layers > 0
                                 ? JoinMessage({"quantized ", info.quantized_layers, " layers: ", SchemeText(scheme)})
                                 : JoinMessage({"no layer can run in INT8: the model answers in FP32"}));
  ALICE_RETURN_IF_ERROR(job.UseCalibration(std::move(calibration), budget));
  return job;
}

Status QuantizeJob::UseCalibration(StagedCalibration calibration, MemoryBudget& budget) {
  calibration_ = std::move(calibration);
  const std::vector<Node>& nodes = model_.session().graph().nodes;
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    if (nodes[node].quantized) layers_.push_back(node);
  }
  if (!calibration_.is_given) {
    ALICE_ASSIGN_OR_RETURN(calibration_, StagedCalibration::Noise(model_.input_layout(), budget));
    result_.metrics.synthetic = true;
    result_.logs.emplace_back("no calibration data: INT8 is compared with FP32 on noise");
  }
  const std::uint64_t output_bytes = ChunkBytes();
  ALICE_ASSIGN_OR_RETURN(int8_outputs_, Buffer::Allocate(budget, MemoryKind::io, output_bytes));
  if (!options_.keepFp32 && !layers_.empty()) {
    ALICE_RETURN_IF_ERROR(model_.session().CompileDecoded());
    ALICE_ASSIGN_OR_RETURN(rederived_outputs_, Buffer::Allocate(budget, MemoryKind::io, output_bytes));
  }
  ALICE_RETURN_IF_ERROR(TakeFp32Outputs());
  // A search may keep layers in float, and a device takes weights as they are.
  if (!searches() && accelerator_ == nullptr) {
    model_.session().PackFloatWeights(Session::Packable::quantized);
  }
  if (!calibration_.is_given) {
    EnterFirstComparison();
    return {};
  }
  ALICE_ASSIGN_OR_RETURN(ranges_,
                         RangeCollection::Create(model_.session(), CalibratorOf(options_), ObserverOptionsOf(options_),
                                                 FirstLayerPercentileOf(options_), LastLayerPercentileOf(options_)));
  stage_ = QuantizeStage::calibrate;
  return {};
}

std::uint64_t QuantizeJob::ChunkBytes() const {
  return std::uint64_t{std::min(calibration_.rows, Model::kMaxRows)} * model_.output_width() * sizeof(float);
}

Status QuantizeJob::TakeFp32Outputs() {
  const std::uint64_t chunk_bytes = ChunkBytes();
  const std::uint64_t all_bytes = std::uint64_t{calibration_.rows} * model_.output_width() * sizeof(float);
  keeps_fp32_ = all_bytes <= chunk_bytes;
  if (!keeps_fp32_ && static_cast<double>(all_bytes) <= kKeptShare * static_cast<double>(budget_->limit_bytes())) {
    auto all = Buffer::Allocate(*budget_, MemoryKind::io, all_bytes);
    if (all.ok()) {
      fp32_outputs_ = std::move(*all);
      keeps_fp32_ = true;
      return {};
    }
  }
  ALICE_ASSIGN_OR_RETURN(fp32_outputs_, Buffer::Allocate(*budget_, MemoryKind::io, chunk_bytes));
  return {};
}

std::size_t QuantizeJob::PassRows(QuantizeStage stage) const {
  if (stage == QuantizeStage::done) return 0;
  if (stage != QuantizeStage::sensitivity) return calibration_.rows;
  const std::size_t layers = std::max<std::size_t>(layers_.size(), 1);
  return std::min(calibration_.rows, std::clamp(kSensitivityLayers / (layers * layers), kSensitivityRows, kLayerRows));
}

std::size_t QuantizeJob::RowsAfterPass() const {
  const std::size_t pass = calibration_.rows;
  const std::size_t all_alone = layers_.size() * PassRows(QuantizeStage::sensitivity);
  const std::size_t asked_alone = options_.sensitivity ? all_alone : 0;
  switch (stage_) {
    case QuantizeStage::calibrate:
      return (searches() ? pass : 0) + asked_alone + pass;
    case QuantizeStage::search:
      return (search_ ? 0 : asked_alone) + pass;
    case QuantizeStage::sensitivity:
      return all_alone - (sensitivities_.size() + 1) * PassRows(stage_) + (MustSearch() ? pass : 0) + pass;
    case QuantizeStage::verify:
    case QuantizeStage::done:
      return 0;
  }
  return 0;
}

std::size_t QuantizeJob::total_rows() const { return done_rows_ + PassRows(stage_) - at_ + RowsAfterPass(); }

Status QuantizeJob::Step(std::size_t rows) {
  while (rows > 0 && stage_ != QuantizeStage::done) {
    std::size_t chunk = std::min({rows, PassRows(stage_) - at_, Model::kMaxRows});
    if (stage_ == QuantizeStage::calibrate) {
      // However the samples are cut into steps, moving averages see the same batches.
      const bool whole = CalibratorOf(options_) == CalibratorKind::moving_average;
      if (whole) chunk = std::min(PassRows(stage_) - at_, Model::kMaxRows);
      ALICE_RETURN_IF_ERROR(Observe(chunk));
    } else {
      const bool with_layers = stage_ == QuantizeStage::verify && at_ < kLayerRows;
      // However the samples are cut into steps, the layers are compared on the same ones.
      if (with_layers) chunk = std::min(chunk, kLayerRows - at_);
      ALICE_RETURN_IF_ERROR(Compare(chunk, comparison_, with_layers ? layer_comparison_.get() : nullptr));
    }
    at_ += chunk;
    done_rows_ += chunk;
    rows -= std::min(rows, chunk);
    if (at_ == PassRows(stage_)) ALICE_RETURN_IF_ERROR(FinishPass());
  }
  return {};
}

Result<std::size_t> QuantizeJob::PlanRuns() { return model_.PlanRows(std::min(calibration_.rows, Model::kMaxRows)); }

Status QuantizeJob::Observe(std::size_t rows) {
  ALICE_RETURN_IF_ERROR(PlanRuns());
  return RunFp32(0, rows, ranges_.get());
}

Status QuantizeJob::RunFp32(std::size_t row, std::size_t count, RunObserver* observer) {
  ALICE_RETURN_IF_ERROR(model_.Run(Precision::fp32, Rows(at_ + row), count, Fp32Output(row), observer));
  if (keeps_fp32_) fp32_rows_ = std::max(fp32_rows_, at_ + row + count);
  return {};
}

Status QuantizeJob::Compare(std::size_t rows, OutputComparison& comparison, LayerComparison* layers) {
  auto* int8 = int8_outputs_.as<float>();
  auto* rederived = stage_ == QuantizeStage::verify ? rederived_outputs_.as<float>() : nullptr;
  const std::size_t width = model_.output_width();
  const std::size_t floats = model_.output_layout().floats();
  const std::span<const ClassScores> scores = model_.output_layout().scores();
  // Layers are compared by what one run of each precision gives, so each run takes the same rows.
  ALICE_ASSIGN_OR_RETURN(const std::size_t step, PlanRuns());
  for (std::size_t row = 0; row < rows; row += step) {
    const std::size_t count = std::min(step, rows - row);
    const float* input = Rows(at_ + row);
    if (layers != nullptr || !HasFp32Outputs(row, count)) {
      ALICE_RETURN_IF_ERROR(RunFp32(row, count, layers != nullptr ? layers->fp32() : nullptr));
    }
    ALICE_RETURN_IF_ERROR(
        model_.Run(Precision::int8, input, count, int8 + row * width, layers != nullptr ? layers->int8() : nullptr));
    if (rederived == nullptr) continue;
    model_.session().RunDecoded(true);
    Status run = model_.Run(Precision::fp32, input, count, rederived + row * width);
    model_.session().RunDecoded(false);
    ALICE_RETURN_IF_ERROR(std::move(run));
  }
  const auto labels = calibration_.labels.span<const std::int32_t>();
  for (std::size_t row = 0; row < rows; ++row) {
    const std::int32_t label = labels.empty() ? -1 : labels[at_ + row];
    const float* fp32 = Fp32Output(row);
    comparison.Add(fp32, int8 + row * width, floats, scores, label);
    if (rederived != nullptr) rederived_comparison_.Add(fp32, rederived + row * width, floats, scores, label);
  }
  return {};
}

Status QuantizeJob::FinishPass() {
  at_ = 0;
  switch (stage_) {
    case QuantizeStage::calibrate:
      return FinishCalibration();
    case QuantizeStage::sensitivity:
      FinishSensitivity();
      break;
    case QuantizeStage::search:
      FinishTrial();
      break;
    case QuantizeStage::verify:
      stage_ = QuantizeStage::done;
      return {};
    case QuantizeStage::done:
      return {};
  }
  comparison_ = {};
  return {};
}

Status QuantizeJob::FinishCalibration() {
  ALICE_RETURN_IF_ERROR(ranges_->ApplyTo(model_.session()));
  ranges_.reset();
  EnterFirstComparison();
  return {};
}

void QuantizeJob::EnterFirstComparison() {
  if (layers_.empty()) return EnterVerify();
  if (searches()) {
    stage_ = QuantizeStage::search;  // none is kept in float: how harmful each is, nobody may have to know
  } else if (options_.sensitivity) {
    EnterSensitivity();
  } else {
    EnterVerify();
  }
}

void QuantizeJob::EnterSensitivity() {
  stage_ = QuantizeStage::sensitivity;
  model_.session().EnableOnly(std::span(layers_).first(1));
}

void QuantizeJob::FinishSensitivity() {
  const OutputFigures figures = comparison_.Figures();
  sensitivities_.push_back({figures.sqnr_db, figures.mean_cosine, figures.mean_kl});
  Session& session = model_.session();
  if (sensitivities_.size() < layers_.size()) {
    return session.EnableOnly(std::span(layers_).subspan(sensitivities_.size(), 1));
  }
  session.EnableOnly(layers_);
  if (MustSearch()) return EnterSearch();
  EnterVerify();
}

bool QuantizeJob::MustSearch() const { return !result_.search.empty() && !result_.search.front().is_good_enough; }

void QuantizeJob::EnterSearch() {
  std::vector<std::int32_t> by_harm(layers_.size());
  std::iota(by_harm.begin(), by_harm.end(), 0);
  SortIds(by_harm, [&](std::int32_t a, std::int32_t b) {
    const double of_a = sensitivities_[Index(a)].cosine;
    const double of_b = sensitivities_[Index(b)].cosine;
    return of_a != of_b ? of_a < of_b : a < b;
  });
  std::vector<std::size_t> nodes;
  nodes.reserve(layers_.size());
  for (const std::int32_t i : by_harm) nodes.push_back(layers_[Index(i)]);
  search_.emplace(std::move(nodes));
  stage_ = QuantizeStage::search;
  EnterTrial();
}

void QuantizeJob::EnterTrial() {
  if (search_->done()) return FinishSearch();
  const std::vector<std::size_t> in_float = search_->trial();
  std::vector<std::size_t> quantized = layers_;
  std::erase_if(quantized, [&](std::size_t node) { return std::ranges::find(in_float, node) != in_float.end(); });
  model_.session().EnableOnly(quantized);
}

void QuantizeJob::FinishTrial() {
  const OutputFigures figures = comparison_.Figures();
  SearchStep& step = result_.search.emplace_back();
  if (search_) {
    for (const std::size_t node : search_->trial()) {
      step.float_layers.push_back(model_.session().graph().nodes[node].name);
    }
  }
  step.mean_cosine = figures.mean_cosine;
  step.worst_cosine = figures.worst_cosine;
  step.top1_agreement = figures.top1_agreement;
  step.accuracy_drop = figures.accuracy_drop;
  step.is_good_enough = IsGoodEnough(figures);
  if (search_) {
    search_->Report(step.is_good_enough);
    EnterTrial();
  } else if (options_.sensitivity || MustSearch()) {
    EnterSensitivity();
  } else {
    EnterVerify();
  }
}

void QuantizeJob::FinishSearch() {
  const std::vector<std::size_t> in_float = search_->trial();
  model_.session().EnableOnly(layers_);
  for (const std::size_t node : in_float) model_.KeepFloat(node);
  if (in_float.size() == layers_.size()) result_.scheme = "float";
  result_.logs.push_back(JoinMessage(
      {"kept ", in_float.size(), " of ", layers_.size(), " layers in float, in ", result_.search.size(), " trials"}));
  EnterVerify();
}

void QuantizeJob::EnterVerify() {
  stage_ = QuantizeStage::verify;
  comparison_ = {};
  layer_comparison_ = std::make_unique<LayerComparison>(model_.session(), layers_);
}

}  // namespace alice
