#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "monitor/latency_histogram.h"
#include "monitor/latency_meter.h"

namespace alice {
namespace {

TEST_CASE("the bounds of the histogram rise, ten to a decade", "[monitor]") {
  CHECK(LatencyHistogram::UpperBoundMs(0) == LatencyHistogram::kLowest_ms);
  for (std::size_t i = 1; i + 1 < LatencyHistogram::kBuckets; ++i) {
    const double ratio = LatencyHistogram::UpperBoundMs(i) / LatencyHistogram::UpperBoundMs(i - 1);
    CHECK(ratio > 1.2);
    CHECK(ratio < 1.3);
    if (i >= LatencyHistogram::kPerDecade) {
      CHECK(LatencyHistogram::UpperBoundMs(i) ==
            Approx(10.0 * LatencyHistogram::UpperBoundMs(i - LatencyHistogram::kPerDecade)));
    }
  }
  CHECK(LatencyHistogram::UpperBoundMs(LatencyHistogram::kBuckets - 2) == Approx(1e4));
  CHECK(std::isinf(LatencyHistogram::UpperBoundMs(LatencyHistogram::kBuckets - 1)));
}

TEST_CASE("a quantile lies in the bucket that holds it", "[monitor]") {
  LatencyHistogram histogram;
  CHECK(histogram.QuantileMs(0.5) == 0.0);
  for (int i = 1; i <= 1000; ++i) histogram.Add(i * 0.01);
  CHECK(histogram.count() == 1000);
  CHECK(histogram.sum_ms() == Approx(5005.0));
  CHECK(histogram.max_ms() == 10.0);
  // Uniform values: within its bucket, interpolation is exact but for the grain of the values.
  for (const double q : {0.1, 0.5, 0.95, 0.99}) CHECK(histogram.QuantileMs(q) == Approx(10.0 * q).margin(0.02));
  CHECK(histogram.QuantileMs(1.0) == 10.0);
  histogram.Add(1e9);
  CHECK(histogram.QuantileMs(1.0) == 1e9);
  histogram.Add(0.0, 5);
  CHECK(histogram.bucket(0) == 5);
}

/// Runs `inferences` of `ms` each and gives how many were timed.
std::size_t Run(LatencyMeter& meter, std::size_t inferences, double ms) {
  std::size_t timed = 0;
  for (std::size_t i = 0; i < inferences; ++i) {
    if (!meter.Next()) continue;
    ++timed;
    meter.Add(ms);
  }
  return timed;
}

TEST_CASE("short inferences are timed in windows, one in a quarter of a millisecond; a long one ends that",
          "[monitor]") {
  LatencyMeter meter;
  constexpr double kShort_ms = 1.0 / 128;  // 32 in a quarter of a millisecond
  CHECK(Run(meter, 64, kShort_ms) == 64);
  CHECK(meter.histogram().count() == 64);
  CHECK(meter.TypicalMs() == kShort_ms);
  CHECK(Run(meter, 1600, kShort_ms) == 1600 / 32);
  CHECK(meter.count() == 1664);

  // The next timed one is at most that far away; it is long, so every one is timed from there on.
  std::size_t untimed = 0;
  while (!meter.Next()) ++untimed;
  CHECK(untimed < 32);
  meter.Add(30.0);
  CHECK(meter.TypicalMs() == 30.0);
  CHECK_FALSE(meter.IsSustainedAbove(25.0));
  CHECK(Run(meter, 2, 30.0) == 2);
  CHECK(meter.IsSustainedAbove(25.0));
  CHECK_FALSE(meter.IsSustainedAbove(30.0));
  meter.EndStreak();
  CHECK_FALSE(meter.IsSustainedAbove(25.0));
}

TEST_CASE("very short inferences are timed now and then, and long ones always", "[monitor]") {
  LatencyMeter shortest;
  CHECK(Run(shortest, 64, 0.0) == 64);
  CHECK(Run(shortest, 1280, 0.0) == 1280 / LatencyMeter::kMostStride);
  LatencyMeter longer;
  CHECK(Run(longer, 64, 0.2) == 64);
  CHECK(Run(longer, 100, 0.2) == 100);
}

TEST_CASE("two long inferences and a short one are not sustained", "[monitor]") {
  LatencyMeter meter;
  for (int round = 0; round < 5; ++round) {
    Run(meter, 2, 40.0);
    CHECK_FALSE(meter.IsSustainedAbove(25.0));
    Run(meter, 1, 2.0);
    CHECK_FALSE(meter.IsSustainedAbove(25.0));
  }
}

TEST_CASE("a clock that is coarser than inferences are long still gives their mean", "[monitor]") {
  // 0.01 ms each, seen by a clock of 0.1 ms: one in ten seems to take a tick, the others nothing.
  LatencyMeter meter;
  std::size_t timed = 0;
  for (std::size_t i = 0; i < 100000; ++i) {
    if (!meter.Next()) continue;
    meter.Add(timed++ % 10 == 0 ? 0.1 : 0.0);
  }
  const LatencyHistogram& histogram = meter.histogram();
  CHECK(histogram.sum_ms() / static_cast<double>(histogram.count()) == Approx(0.01).epsilon(0.02));
  CHECK(histogram.QuantileMs(0.5) == Approx(0.01).epsilon(0.25));
  CHECK(histogram.max_ms() < 0.02);
}

TEST_CASE("of a batch each inference counts with the mean, and the whole once for the streak", "[monitor]") {
  LatencyMeter meter;
  Run(meter, 64, 0.01);
  for (int batch = 0; batch < 3; ++batch) {
    CHECK_FALSE(meter.IsSustainedAbove(25.0));
    meter.BeginBatch(30.0);
    meter.AddOfBatch(30.0, 32);
  }
  CHECK(meter.IsSustainedAbove(25.0));
  CHECK(meter.count() == 64 + 96);
  CHECK(meter.histogram().count() == 64 + 96);
  CHECK(meter.TypicalMs() == Approx(0.01));  // of single ones
}

TEST_CASE("another model is timed from its first inference on", "[monitor]") {
  LatencyMeter meter;
  Run(meter, 200, 0.001);
  meter.BeginModel();
  CHECK(meter.TypicalMs() == 0.0);
  CHECK(Run(meter, 3, 30.0) == 3);
  CHECK(meter.IsSustainedAbove(25.0));
}

}  // namespace
}  // namespace alice
