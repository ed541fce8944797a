#include "monitor/clock.h"

#include <chrono>

namespace alice {
namespace {

class ChronoClock final : public Clock {
 public:
  [[nodiscard]] double NowMs() const override { return Milliseconds(std::chrono::steady_clock::now()); }
  [[nodiscard]] double WallMs() const override { return Milliseconds(std::chrono::system_clock::now()); }

 private:
  template <typename TimePoint>
  static double Milliseconds(TimePoint time) {
    return std::chrono::duration<double, std::milli>(time.time_since_epoch()).count();
  }
};

}  // namespace

const Clock& SystemClock() {
  static const ChronoClock clock;
  return clock;
}

}  // namespace alice
