#include "behavior/speed_spectrum.h"

#include <algorithm>

#include "base/check.h"
#include "numeric/portable_math.h"

namespace alice {
namespace {

constexpr double kConstantSpeed = 1e-6;
constexpr std::size_t kLanes = 4;  // bins per sweep: the recurrence of one alone would wait for its own result

/// |X_k|² of the bins first … first + kLanes − 1 (Goertzel: s_n = x_n + 2·cos(2πk/N)·s_{n−1} − s_{n−2}).
std::array<double, kLanes> BinPowers(std::span<const double> samples, std::size_t first) {
  std::array<double, kLanes> coefficient, s1{}, s2{};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    coefficient[lane] = 2 * CosTurns(static_cast<double>(first + lane) / static_cast<double>(samples.size()));
  }
  for (const double x : samples) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double s0 = x + coefficient[lane] * s1[lane] - s2[lane];
      s2[lane] = s1[lane];
      s1[lane] = s0;
    }
  }
  std::array<double, kLanes> power;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    power[lane] = s1[lane] * s1[lane] + s2[lane] * s2[lane] - coefficient[lane] * s1[lane] * s2[lane];
  }
  return power;
}

}  // namespace

SpeedResampler::SpeedResampler(double window_ms) {
  if (window_ms < kSpectrumMinWindow_ms) return;
  const double samples = window_ms * kSpectrumRate_hz / 1000 + 1;
  count_ = samples < kSpectrumMaxSamples ? static_cast<std::size_t>(samples) : kSpectrumMaxSamples;
}

double SpeedResampler::SampleTimeMs(std::size_t k) const {
  return static_cast<double>(count_ - 1 - k) * -1000 / kSpectrumRate_hz;
}

void SpeedResampler::Add(double middle_ms, double speed_px_s) {
  for (; next_ < count_; ++next_) {
    const double time_ms = SampleTimeMs(next_);
    if (time_ms > middle_ms) break;
    const double share = first_ ? 1.0 : (time_ms - previous_middle_ms_) / (middle_ms - previous_middle_ms_);
    samples_[next_] = previous_speed_px_s_ + share * (speed_px_s - previous_speed_px_s_);
  }
  first_ = false;
  previous_middle_ms_ = middle_ms;
  previous_speed_px_s_ = speed_px_s;
}

std::span<double> SpeedResampler::Finish() {
  while (next_ < count_) samples_[next_++] = previous_speed_px_s_;
  return std::span(samples_).first(count_);
}

double DominantFrequencyHz(std::span<double> samples) {
  ALICE_DCHECK(samples.size() <= kSpectrumMaxSamples);
  if (samples.size() < 2) return 0;
  const auto count = static_cast<double>(samples.size());
  double mean = 0;
  for (const double x : samples) mean += x;
  mean /= count;
  double variance = 0;
  for (double& x : samples) {
    x -= mean;
    variance += x * x;
  }
  variance /= count;
  if (variance <= kConstantSpeed * kConstantSpeed * mean * mean) return 0;

  for (std::size_t n = 0; n < samples.size(); ++n) {
    samples[n] *= 0.5 - 0.5 * CosTurns(static_cast<double>(n) / count);
  }
  const std::size_t last = samples.size() / 2;
  std::size_t peak = 0;
  double peak_power = 0;
  for (std::size_t first = 1; first <= last; first += kLanes) {
    const auto power = BinPowers(samples, first);
    for (std::size_t lane = 0; lane < std::min(kLanes, last + 1 - first); ++lane) {
      if (power[lane] <= peak_power) continue;
      peak_power = power[lane];
      peak = first + lane;
    }
  }
  return kSpectrumRate_hz * static_cast<double>(peak) / count;
}

}  // namespace alice
