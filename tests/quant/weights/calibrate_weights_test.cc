#include "quant/weights/calibrate_weights.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "quant/weights/quantize_weights.h"

namespace alice {
namespace {

constexpr std::size_t kRows = 3000, kColumns = 3;

/// Columns of a Laplace distribution with mean magnitudes 1, 10 and 0.1.
std::vector<float> HeavyTailed() {
  std::mt19937 random(7);
  std::exponential_distribution<float> magnitude;
  std::vector<float> w(kRows * kColumns);
  for (std::size_t i = 0; i < w.size(); ++i) {
    const float mean = std::array{1.0f, 10.0f, 0.1f}[i % kColumns];
    w[i] = mean * magnitude(random) * (random() % 2 == 0 ? 1.0f : -1.0f);
  }
  return w;
}

double MeanSquaredError(const std::vector<float>& w, const WeightScheme& scheme, const WeightCalibration& calibration,
                        std::size_t column) {
  const auto ranges = CalibrateWeights(w, kRows, kColumns, scheme, calibration);
  REQUIRE(ranges.ok());
  std::vector<std::uint8_t> codes(WeightCodeBytes(kRows, kColumns, scheme));
  std::vector<float> scales(ScaleGridOf(kRows, kColumns, scheme).count());
  std::vector<std::int8_t> zero_points(WeightZeroPointCount(kRows, kColumns, scheme));
  QuantizeWeights(w, kRows, kColumns, scheme, {codes, scales, zero_points}, *ranges);
  std::vector<float> back(w.size());
  DequantizeWeights({codes, scales, zero_points}, kRows, kColumns, scheme, back);
  double sum = 0.0;
  for (std::size_t i = column; i < w.size(); i += kColumns) {
    sum += std::pow(static_cast<double>(w[i]) - static_cast<double>(back[i]), 2.0);
  }
  return sum / static_cast<double>(kRows);
}

}  // namespace

TEST_CASE("int4 weights of a heavy-tailed channel lose less with an error-driven range", "[quant]") {
  const std::vector<float> w = HeavyTailed();
  for (const bool symmetric : {true, false}) {
    const WeightScheme scheme{WeightType::int4, symmetric, Granularity::per_channel, 32};
    for (std::size_t column = 0; column < kColumns; ++column) {
      const double whole = MeanSquaredError(w, scheme, {}, column);
      const double least = MeanSquaredError(w, scheme, {CalibratorKind::mse}, column);
      CHECK(least < whole);
      CHECK(MeanSquaredError(w, scheme, {CalibratorKind::aciq}, column) < whole);
      // It is the least: nothing else does better than the width of a bin allows.
      for (const CalibratorKind kind : {CalibratorKind::aciq, CalibratorKind::kl, CalibratorKind::entropy}) {
        CHECK(least < 1.02 * MeanSquaredError(w, scheme, {kind}, column));
      }
    }
  }
}

TEST_CASE("every scale has a range of its own, from the weights that share it", "[quant]") {
  const std::vector<float> w = HeavyTailed();
  for (const Granularity granularity : {Granularity::per_tensor, Granularity::per_channel, Granularity::per_group}) {
    const WeightScheme scheme{WeightType::int8, false, granularity, 128};
    // A percentile of 1 is the whole range, found the other way.
    const auto ranges = CalibrateWeights(w, kRows, kColumns, scheme, {CalibratorKind::percentile, 1.0});
    REQUIRE(ranges.ok());
    const ScaleGrid grid = ScaleGridOf(kRows, kColumns, scheme);
    REQUIRE(ranges->size() == grid.count());
    std::vector<QuantRange> expected(grid.count());
    for (std::size_t i = 0; i < w.size(); ++i) {
      QuantRange& range = expected[grid.IndexOf(i / kColumns, i % kColumns)];
      range = {std::min(range.min, w[i]), std::max(range.max, w[i])};
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK((*ranges)[i].min == expected[i].min);
      CHECK((*ranges)[i].max == expected[i].max);
    }
  }
}

TEST_CASE("FP8 weights take their whole range", "[quant]") {
  CHECK(CheckWeightCalibration({}, WeightType::fp8e4m3).ok());
  CHECK(CheckWeightCalibration({CalibratorKind::mse}, WeightType::int4).ok());
  const Status refused = CheckWeightCalibration({CalibratorKind::mse}, WeightType::fp8e5m2);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::config_invalid);
}

}  // namespace alice
