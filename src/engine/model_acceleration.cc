// How a model is handed to a device: tried on inputs, and kept there only where its answers are the CPU's.
#include <algorithm>
#include <chrono>
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
                                                     std::span<const float> rows) {
  ALICE_RETURN_IF_ERROR(session_.Accelerate(accelerator, precision));
  ALICE_ASSIGN_OR_RETURN(const Buffer output,
                         Buffer::Allocate(session_.budget(), MemoryKind::io, output_width() * sizeof(float)));
  PrecisionAcceleration tried{
      .steps = session_.acceleration().Steps(precision), .all_steps = session_.steps(), .check = {}, .refusal = {}};
  const std::size_t count = rows.size() / input_width();
  const auto begin = std::chrono::steady_clock::now();
  const auto is_over = [&] { return std::chrono::steady_clock::now() - begin > kTrialTime; };
  for (std::size_t row = 0; row < count && (row == 0 || !is_over()); ++row) {
    RunPlanned(precision, rows.data() + row * input_width(), 1, output.as<float>());
    ALICE_ASSIGN_OR_RETURN(const AccelerationCheck check, session_.CheckAcceleration(precision));
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

void Model::Accelerate(Accelerator& accelerator, std::span<const float> rows) {
  const auto accelerate = [&](Precision precision) {
    auto tried = TryAcceleration(accelerator, precision, rows);
    if (tried.ok()) return std::move(*tried);
    session_.EndAcceleration(precision);
    return PrecisionAcceleration{
        .steps = 0, .all_steps = session_.steps(), .check = {}, .refusal = std::move(tried).error().message};
  };
  acceleration_ =
      AccelerationReport{.device = std::string(accelerator.device()), .fp32 = accelerate(Precision::fp32), .int8 = {}};
  if (session_.has_int8()) acceleration_->int8 = accelerate(Precision::int8);
}

void Model::AccelerateTriedOn(Accelerator& accelerator, const StagedCalibration& samples) {
  const auto accelerate = [&](const StagedCalibration& from) {
    const std::size_t rows = std::min(from.rows, kTrialRows);
    Accelerate(accelerator, {from.values.as<const float>(), rows * input_width()});
  };
  if (samples.rows > 0) return accelerate(samples);
  const auto noise = StagedCalibration::Noise(inputs_, session_.budget());
  if (noise.ok()) return accelerate(*noise);
  acceleration_ = AccelerationReport{
      .device = std::string(accelerator.device()),
      .fp32 = {.steps = 0, .all_steps = session_.steps(), .check = {}, .refusal = noise.error().message},
      .int8 = {}};
}

}  // namespace alice
