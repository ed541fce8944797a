#include "engine/served_model.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "numeric/error_stats.h"
#include "numeric/finite.h"

namespace alice {

namespace {

/// Whether two output rows are as far apart as a device and the CPU may be (AccelerationCheck).
bool AreSame(const RowLayout& layout, const float* expected, const float* found) {
  return std::ranges::all_of(layout.parts(), [&](const RowLayout::Part& part) {
    if (part.dtype != DType::f32) {
      return std::memcmp(expected + part.offset, found + part.offset, part.bytes) == 0;
    }
    const std::size_t floats = part.bytes / sizeof(float);
    return LargestDifference({expected + part.offset, floats}, {found + part.offset, floats}) <=
           AccelerationCheck::kTolerance;
  });
}

}  // namespace

Result<std::unique_ptr<ServedModel>> ServedModel::Create(Model model, MemoryBudget& budget, Supervisor& supervisor) {
  const std::size_t input_width = model.input_width();
  const std::size_t output_width = model.output_width();
  const std::size_t kept_answers = model.kept_answers();
  std::unique_ptr<ServedModel> served(new ServedModel(std::move(model), supervisor));
  const auto row = [&](std::size_t width) {
    return Buffer::Allocate(budget, MemoryKind::io, std::uint64_t{width} * sizeof(float));
  };
  ALICE_ASSIGN_OR_RETURN(served->input_, row(input_width));
  ALICE_ASSIGN_OR_RETURN(served->output_, row(output_width));
  ALICE_ASSIGN_OR_RETURN(served->other_output_, row(output_width));
  if (served->model_.acceleration()) {
    ALICE_ASSIGN_OR_RETURN(served->check_output_, row(output_width));
  }
  const Session& session = served->model_.session();
  served->memory_ = {session.planned(), 0, session.int8_weight_bytes(), session.fp32_weight_bytes()};
  if (kept_answers == 0) return served;
  ALICE_ASSIGN_OR_RETURN(served->ring_, AnswerRing::Create(kept_answers, input_width, output_width, budget));
  return served;
}

ServedMemory ServedModel::memory() const {
  ServedMemory memory = memory_;
  memory.arena_bytes = model_.session().arena_bytes();
  memory.planned[MemoryKind::activations] = 0;
  memory.planned.AddBuffer(MemoryKind::activations, model_.session().planned_arena_bytes());
  return memory;
}

Precision ServedModel::precision() const {
  return supervisor_->machine().answers_int8() ? Precision::int8 : Precision::fp32;
}

bool ServedModel::RunInt8(const float* inputs, std::size_t rows, float* outputs) {
  try {
    model_.RunPlanned(Precision::int8, inputs, rows, outputs, faults_.ForRuns());
    SpotCheck(Precision::int8, inputs, outputs, rows);
    WatchDevice();
    return true;
  } catch (const std::exception& exception) {
    failure_ = FailureText(exception.what());
    return false;
  }
}

void ServedModel::RunFp32(const float* inputs, std::size_t rows, float* outputs) {
  foreseen_.count = 0;
  model_.RunPlanned(Precision::fp32, inputs, rows, outputs, nullptr);
  SpotCheck(Precision::fp32, inputs, outputs, rows);
  WatchDevice();
}

void ServedModel::SpotCheck(Precision precision, const float* input, float* output, std::size_t rows) {
  Session& session = model_.session();
  const std::size_t interval = supervisor_->monitor().limits().monitor_interval * kMonitoredPerSpotCheck;
  if (interval == 0 || !session.acceleration().Has(precision) || session.acceleration().error()) return;
  runs_unchecked_ += rows;
  if (runs_unchecked_ < interval) return;
  runs_unchecked_ = 0;
  RunObserver nobody;  // what is observed is the CPU's
  auto* const expected = check_output_.as<float>();
  model_.RunPlanned(precision, input, 1, expected, &nobody);
  if (AreSame(model_.output_layout(), expected, output)) return;
  session.DistrustDevice(MakeError(ErrorCode::backend_unavailable,
                                   "an inference came out otherwise there than on the CPU: it is not used any more"));
  // The others of several rows are no better.
  for (std::size_t row = 0; row < rows; ++row) {
    model_.RunPlanned(precision, input + row * model_.input_width(), 1, output + row * model_.output_width());
  }
}

void ServedModel::WatchDevice() {
  const bool is_lost = model_.session().acceleration().error().has_value();
  if (is_lost == device_is_lost_) return;
  device_is_lost_ = is_lost;
  supervisor_->DeviceChanged(!is_lost);
}

Status ServedModel::UseDevice(Accelerator& device, std::size_t rows) {
  ALICE_ASSIGN_OR_RETURN(const std::size_t most, model_.PlanRows(rows));
  if (check_output_.bytes() == 0) {
    ALICE_ASSIGN_OR_RETURN(check_output_, Buffer::Allocate(model_.session().budget(), MemoryKind::io,
                                                           std::uint64_t{model_.output_width()} * sizeof(float)));
  }
  model_.AccelerateTriedOn(device, {}, std::min(rows, most), faults_.ForRuns());
  model_.KeepFaster();
  runs_unchecked_ = 0;
  return {};
}

void ServedModel::EndDevice() {
  model_.session().EndAcceleration();
  device_is_lost_ = false;
}

void ServedModel::Foresee(const float* inputs, std::size_t rows) {
  const QualityMonitor& monitor = supervisor_->monitor();
  const std::size_t until = monitor.UntilMonitored();
  if (until > rows || model_.output_layout().parts().size() > 1) return;
  const std::size_t first = until - 1;
  const std::size_t stride = monitor.limits().monitor_interval;
  const std::size_t count = (rows - until) / stride + 1;
  const float* outputs = model_.RunSpread(Precision::fp32, inputs + first * model_.input_width(), count, stride);
  foreseen_ = {first, stride, count, outputs};
}

const float* ServedModel::Fp32Of(const float* input, std::size_t row) {
  const auto [first, stride, count, outputs] = foreseen_;
  if (count > 0 && row >= first && (row - first) % stride == 0) {
    return outputs + (row - first) / stride * model_.output_width();
  }
  auto* output = other_output_.as<float>();
  RunFp32(input, 1, output);
  return output;
}

std::uint32_t ServedModel::ClassOf(const float* output) const {
  const std::size_t floats = model_.output_layout().floats();
  return floats == 0 ? 0 : static_cast<std::uint32_t>(arg_max_.run(output, floats));
}

Answer ServedModel::Infer() {
  const auto* input = input_.as<const float>();
  auto* output = output_.as<float>();
  supervisor_->Begin();
  const Precision first = precision();
  LatencyMeter& meter = supervisor_->meter(first);
  const bool is_timed = meter.Next();
  const double begin_ms = is_timed ? supervisor_->NowMs() : 0.0;
  bool ran = true;
  if (first == Precision::int8) {
    ran = RunInt8(input, 1, output);
  } else {
    RunFp32(input, 1, output);
  }
  const double latency_ms = is_timed ? supervisor_->NowMs() - begin_ms : meter.TypicalMs();
  if (is_timed) meter.Add(latency_ms);
  Answer answer = first == Precision::int8 ? Supervise(input, output, 0, ran, is_timed) : Keep(input, output);
  answer.class_index = ClassOf(output);
  answer.latency_ms = static_cast<float>(latency_ms);
  return answer;
}

Answer ServedModel::Supervise(const float* input, float* output, std::size_t row, bool ran, bool was_timed) {
  const std::size_t width = model_.output_layout().floats();
  const float* fp32 = nullptr;
  const auto run_fp32 = [&] {
    if (fp32 == nullptr) fp32 = Fp32Of(input, row);
  };

  bool is_sound = ran;
  // What is not finite in FP32 either is the model's answer, and can be compared with nothing.
  const bool is_finite = ran && AllFinite(output, width);
  if (ran && !is_finite) {
    run_fp32();
    is_sound = !AllFinite(fp32, width);
    if (!is_sound) failure_ = FailureText("INT8 gave a value that is not finite, where FP32 does not");
  }
  Answer answer{.precision = Precision::int8};
  if (!is_sound) {
    supervisor_->Failed(failure_);
  } else {
    supervisor_->CheckResources(was_timed);
    if (precision() == Precision::int8 && supervisor_->monitor().NextIsMonitored() && is_finite) {
      run_fp32();
      answer.similarity = static_cast<float>(supervisor_->Monitored(PairOf(fp32, output)));
    }
  }
  if (!is_sound || precision() == Precision::fp32) {
    run_fp32();
    std::copy_n(fp32, model_.output_width(), output);
    answer.precision = Precision::fp32;
  }
  supervisor_->Answered(answer.precision);
  return answer;
}

Answer ServedModel::Keep(const float* input, const float* output) {
  supervisor_->Answered(Precision::fp32);
  if (supervisor_->machine().wants_probes() && model_.session().has_int8()) {
    const bool is_finite = AllFinite(output, model_.output_layout().floats());
    if (is_finite) ring_.Add(input, output);
    if (supervisor_->monitor().NextIsProbe() && (is_finite || ring_.count() > 0)) Probe(input, output);
  }
  return {.precision = Precision::fp32};
}

void ServedModel::Probe(const float* input, const float* output) {
  QualityMonitor& monitor = supervisor_->monitor();
  auto* int8 = other_output_.as<float>();
  // Without a ring there still is the answer of this very inference.
  const std::size_t count = std::max<std::size_t>(ring_.count(), 1);
  const bool same_class = supervisor_->machine().reason() == FallbackReason::accuracy_drop;
  monitor.BeginProbe();
  double total_ms = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const double begin_ms = supervisor_->NowMs();
    const bool ran = RunInt8(ring_.count() == 0 ? input : ring_.input(i), 1, int8);
    total_ms += supervisor_->NowMs() - begin_ms;
    if (ran) {
      monitor.Compare(PairOf(ring_.count() == 0 ? output : ring_.output(i), int8), same_class);
    } else {
      monitor.CompareFailed();
    }
  }
  ring_.Clear();
  supervisor_->Probed(total_ms / static_cast<double>(count));
}

std::size_t ServedModel::InferRows(const float* inputs, std::size_t rows, float* outputs, Answer* answers) {
  const auto planned = model_.PlanRows(rows);
  const std::size_t most = planned.ok() ? *planned : 1;
  const std::size_t input_width = model_.input_width();
  const std::size_t output_width = model_.output_width();
  std::size_t row = 0;
  while (row < rows && supervisor_->events().HasRoom()) {
    const float* input = inputs + row * input_width;
    float* output = outputs + row * output_width;
    const Precision first = precision();
    std::size_t count = std::min(most, rows - row);
    // A probe may bring INT8 back, for the rows behind it.
    if (supervisor_->machine().wants_probes()) count = std::min(count, supervisor_->monitor().UntilProbe());
    const double begin_ms = supervisor_->NowMs();
    bool ran = true;
    if (first == Precision::int8) {
      ran = RunInt8(input, count, output);
    } else {
      RunFp32(input, count, output);
    }
    // As for a single inference, one failure is that of one row.
    if (!ran) count = 1;
    const double mean_ms = (supervisor_->NowMs() - begin_ms) / static_cast<double>(count);
    supervisor_->meter(first).BeginBatch(mean_ms);
    if (first == Precision::int8 && ran) Foresee(input, count);
    std::size_t done = 0;
    for (; done < count && precision() == first && supervisor_->events().HasRoom(); ++done) {
      const float* row_input = input + done * input_width;
      float* row_output = output + done * output_width;
      supervisor_->Begin();
      Answer& answer = answers[row + done];
      answer = first == Precision::int8 ? Supervise(row_input, row_output, done, ran, done == 0)
                                        : Keep(row_input, row_output);
      answer.class_index = ClassOf(row_output);
    }
    foreseen_.count = 0;
    supervisor_->meter(first).AddOfBatch(mean_ms, done);
    row += done;
  }
  return row;
}

void ServedModel::GiveBackRows() {
  // A refusal leaves the larger plan, which serves as well.
  if (model_.session().max_samples() > 1) static_cast<void>(model_.session().Replan(1).ok());
}

Comparison ServedModel::Compare() {
  const auto* input = input_.as<const float>();
  Comparison comparison;
  const auto run = [&](Precision precision, const Buffer& output) {
    const double begin_ms = supervisor_->NowMs();
    model_.RunPlanned(precision, input, 1, output.as<float>(), nullptr);
    (precision == Precision::fp32 ? comparison.fp32_ms : comparison.int8_ms) = supervisor_->NowMs() - begin_ms;
    return output.span<const float>();
  };
  comparison.fp32 = run(Precision::fp32, other_output_);
  comparison.int8 = run(Precision::int8, output_);
  ErrorStats stats;
  stats.Add(comparison.fp32.data(), comparison.int8.data(), model_.output_layout().floats());
  comparison.similarity = stats.Cosine();
  comparison.max_difference = stats.max_error;
  return comparison;
}

void ServedModel::Rehearse() {
  const auto* input = input_.as<const float>();
  model_.RunPlanned(Precision::fp32, input, 1, other_output_.as<float>());
  if (model_.session().has_int8()) model_.RunPlanned(Precision::int8, input, 1, output_.as<float>());
}

}  // namespace alice
