#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace alice {

inline constexpr double kSpectrumRate_hz = 60.0;
/// Shorter trajectories have no dominant frequency.
inline constexpr double kSpectrumMinWindow_ms = 500.0;
/// Two seconds: of a longer trajectory the spectrum sees the end.
inline constexpr std::size_t kSpectrumMaxSamples = 120;

/// Resamples the speed of a trajectory uniformly at 60 Hz.
///
/// Sample k of N is taken (N − 1 − k) / 60 s before the trajectory's last point, N = min(120, ⌊60·window⌋ +
/// 1); N = 0 where the window is under 0.5 s. Between the middles of two segments the speed is interpolated
/// linearly; before the first and after the last middle it is held.
class SpeedResampler {
 public:
  /// `window_ms`: time from the first to the last point.
  explicit SpeedResampler(double window_ms);

  /// The next segment: its middle, relative to the last point of the trajectory (≤ 0, strictly rising), and
  /// its speed.
  void Add(double middle_ms, double speed_px_s);

  /// The samples, px/s. Requires that at least one segment was added; nothing may be added afterwards.
  std::span<double> Finish();

 private:
  double SampleTimeMs(std::size_t k) const;

  std::array<double, kSpectrumMaxSamples> samples_;
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  bool first_ = true;
  double previous_middle_ms_ = 0;
  double previous_speed_px_s_ = 0;
};

/// The frequency with the greatest power in (0, 30] Hz, of a speed sampled at 60 Hz; 0 where there is none.
///
/// Mean removed, periodic Hann window, DFT; bins at 60·k/N Hz for k = 1 … ⌊N/2⌋; the lowest of equal peaks. A
/// speed whose standard deviation is under a millionth of its mean is constant: 0. `samples` is used as
/// scratch. Requires samples.size() ≤ kSpectrumMaxSamples. Source: Goertzel (1958) for the power of one bin.
double DominantFrequencyHz(std::span<double> samples);

}  // namespace alice
