#pragma once

namespace alice {

/// Where time comes from, so that tests can drive it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds on a steady clock. A browser's is coarse: 5 µs in a cross-origin isolated page, 100 µs elsewhere.
  [[nodiscard]] virtual double NowMs() const = 0;
  /// Milliseconds since 1970.
  [[nodiscard]] virtual double WallMs() const = 0;
};

/// The clocks of the system.
const Clock& SystemClock();

}  // namespace alice
