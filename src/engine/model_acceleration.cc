// How a model is handed to a device: tried on inputs, and kept there only where its answers are the CPU's.
#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "engine/model.h"

namespace alice {
namespace {

/// The worse of two trials, with the mean of their times weighed by `count` earlier ones.
AccelerationCheck Worse(const AccelerationCheck& earlier, const AccelerationCheck& latest, std::size_t count) {
  const auto mean = [&](double a, double b) {
    return (a * static_cast<double>(count) + b) / static_cast<double>(count + 1);
  };
  if (count == 0) return latest;
  return {.same_integers = earlier.same_integers && latest.same_integers,
          .products = std::min(earlier.products, latest.products),
          .largest_difference = std::max(earlier.largest_difference, latest.largest_difference),
          .device_ms = mean(earlier.device_ms, latest.device_ms),
          .cpu_ms = mean(earlier.cpu_ms, latest.cpu_ms)};
}

std::string Difference(const AccelerationCheck& check) {
  if (!check.same_integers) return "its integers are not those of the CPU";
  return JoinMessage({"its outputs are off by ", check.largest_difference, " of the largest"});
}

/// With how many inputs a device is tried in each precision: fewer where those take long.
constexpr std::size_t kTrialRows = 4;
constexpr std::chrono::milliseconds kTrialTime{200};

}  // namespace

Result<PrecisionAcceleration> Model::TryAcceleration(Accelerator& accelerator, Precision precision,
                                                     std::span<const float> rows, std::size_t together,
                                                     RunObserver* on_cpu) {
  ALICE_RETURN_IF_ERROR(session_.Accelerate(accelerator, precision));
  ALICE_ASSIGN_OR_RETURN(const Buffer output, Buffer::Allocate(session_.budget(), MemoryKind::io,
                                                               together * output_width() * sizeof(float)));
  PrecisionAcceleration tried{
      .steps = session_.acceleration().Steps(precision), .all_steps = session_.steps(), .check = {}, .refusal = {}};
  const std::size_t count = rows.size() / input_width() / together;
  const auto begin = std::chrono::steady_clock::now();
  const auto is_over = [&] { return std::chrono::steady_clock::now() - begin > kTrialTime; };
  for (std::size_t row = 0; row < count && (row == 0 || !is_over()); ++row) {
    session_.SetSamples(static_cast<std::int64_t>(together));
    TakeInputs(rows.data() + row * together * input_width(), together, 1);
    LeaveOutputs(output.as<float>());
    ALICE_ASSIGN_OR_RETURN(const AccelerationCheck check, session_.CheckAcceleration(precision, on_cpu));
    tried.check = Worse(tried.check, check, row);
    if (check.is_right()) continue;
    session_.EndAcceleration(precision);
    tried.steps = 0;
    tried.refusal = Difference(check);
    break;
  }
  // The row and the output go.
  session_.TakeInputAt(nullptr);
  session_.LeaveOutputAt(nullptr);
  return tried;
}

void Model::Accelerate(Accelerator& accelerator, std::span<const float> rows, std::size_t together,
                       RunObserver* int8_on_cpu) {
  const auto accelerate = [&](Precision precision) {
    auto tried =
        TryAcceleration(accelerator, precision, rows, together, precision == Precision::int8 ? int8_on_cpu : nullptr);
    if (tried.ok()) return std::move(*tried);
    session_.EndAcceleration(precision);
    return PrecisionAcceleration{
        .steps = 0, .all_steps = session_.steps(), .check = {}, .refusal = tried.error().message};
  };
  acceleration_ =
      AccelerationReport{.device = std::string(accelerator.device()), .fp32 = accelerate(Precision::fp32), .int8 = {}};
  if (session_.has_int8()) acceleration_->int8 = accelerate(Precision::int8);
}

void Model::AccelerateTriedOn(Accelerator& accelerator, const StagedCalibration& samples, std::size_t together,
                              RunObserver* int8_on_cpu) {
  const std::size_t most_rows = std::max(kTrialRows, together);
  const auto accelerate = [&](const StagedCalibration& from) {
    const std::size_t rows = std::min(from.rows, most_rows);
    Accelerate(accelerator, {from.values.as<const float>(), rows * input_width()}, std::min(together, rows),
               int8_on_cpu);
  };
  if (samples.rows > 0) return accelerate(samples);
  const auto noise = StagedCalibration::Noise(inputs_, session_.budget(), most_rows);
  if (noise.ok()) return accelerate(*noise);
  acceleration_ = AccelerationReport{
      .device = std::string(accelerator.device()),
      .fp32 = {.steps = 0, .all_steps = session_.steps(), .check = {}, .refusal = noise.error().message},
      .int8 = {}};
}

void Model::KeepFaster() {
  const auto keep = [&](Precision precision, PrecisionAcceleration& tried) {
    const auto& [device_ms, cpu_ms] = std::pair(tried.check.device_ms, tried.check.cpu_ms);
    if (!tried.refusal.empty() || device_ms < cpu_ms) return;
    session_.EndAcceleration(precision);
    tried.steps = 0;
    tried.refusal = JoinMessage({"an inference takes ", device_ms, " ms there, ", cpu_ms, " ms on the CPU"});
  };
  if (!acceleration_) return;
  keep(Precision::fp32, acceleration_->fp32);
  if (acceleration_->int8) keep(Precision::int8, *acceleration_->int8);
}

Result<double> Model::TimeMs(Precision precision, std::size_t rows, RunObserver* observer) {
  constexpr int kRounds = 8;
  constexpr double kRound_ms = 0.25;
  constexpr double kMost_ms = 30.0;
  // A browser's clock may go forward by a millisecond at a time, so that one step can be half of what it says; some steps cannot.
  constexpr int kSteps = 4;
  constexpr double kCoarsest_ms = 5.0;
  ALICE_ASSIGN_OR_RETURN(const std::size_t most, PlanRows(rows));
  rows = std::min(rows, most);
  ALICE_ASSIGN_OR_RETURN(const StagedCalibration noise, StagedCalibration::Noise(inputs_, session_.budget(), rows));
  rows = std::min(rows, noise.rows);
  ALICE_ASSIGN_OR_RETURN(const Buffer output,
                         Buffer::Allocate(session_.budget(), MemoryKind::io, rows * output_width() * sizeof(float)));
  const auto run = [&] { RunPlanned(precision, noise.values.as<const float>(), rows, output.as<float>(), observer); };
  const auto round_ms = [&](double at_least_ms) {
    const auto begin = std::chrono::steady_clock::now();
    auto before = begin;
    int steps = 0;
    for (int runs = 1;; ++runs) {
      run();
      const auto now = std::chrono::steady_clock::now();
      if (now != before) ++steps;
      before = now;
      const double elapsed_ms = std::chrono::duration<double, std::milli>(now - begin).count();
      const bool is_sure = steps >= kSteps || elapsed_ms >= kCoarsest_ms;
      if (is_sure && elapsed_ms >= at_least_ms) return std::pair(elapsed_ms, elapsed_ms / runs);
    }
  };
  run();
  double all_ms = 0.0;
  double least_ms = std::numeric_limits<double>::infinity();
  for (int round = 0; round < kRounds && all_ms < kMost_ms; ++round) {
    const auto [elapsed_ms, run_ms] = round_ms(kRound_ms);
    all_ms += elapsed_ms;
    least_ms = std::min(least_ms, run_ms);
  }
  session_.TakeInputAt(nullptr);
  session_.LeaveOutputAt(nullptr);
  return least_ms;
}

}  // namespace alice
