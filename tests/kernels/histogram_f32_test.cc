#include "kernels/histogram_f32/histogram_f32.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {
namespace {

constexpr std::size_t Counters(int bins) { return 2 * static_cast<std::size_t>(bins) + kZeroCounters; }

/// Every kernel's counters against bins found by floor and ceil, on top of counts that are there.
void CheckHistogram(const std::vector<float>& x, double bins_per_unit, int bins) {
  Guarded<std::uint64_t> expected(Counters(bins));
  for (std::size_t i = 0; i < Counters(bins); ++i) expected[i] = i;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == 0.0f) {
      ++expected[Counters(bins) - kZeroCounters + i % 4];
      continue;
    }
    const double at = static_cast<double>(x[i]) * bins_per_unit;
    const double bin = x[i] > 0.0f ? std::floor(at) : std::ceil(at) - 1.0;
    ++expected[static_cast<std::size_t>(static_cast<double>(bins) + bin)];
  }
  for (const HistogramF32Kernel& kernel : AllHistogramF32()) {
    INFO(kernel.name << " n " << x.size() << " bins per unit " << bins_per_unit);
    Guarded<std::uint64_t> counts(Counters(bins));
    for (std::size_t i = 0; i < Counters(bins); ++i) counts[i] = i;
    kernel.run(x.data(), x.size(), bins_per_unit, bins, counts.data());
    REQUIRE(counts == expected);
  }
}

}  // namespace

TEST_CASE("histogram_f32 counts every value in its bin", "[kernels]") {
  RandomData data(11);
  for (std::size_t n = 0; n <= 67; ++n) CheckHistogram(data.Floats(n, 3.99f), 16.0, 64);
}

TEST_CASE("histogram_f32 takes edges to the bin that begins there", "[kernels]") {
  std::vector<float> x;
  for (int edge = -63; edge <= 63; ++edge) {
    const float value = static_cast<float>(edge) / 16.0f;
    x.insert(x.end(), {value, std::nextafter(value, 4.0f), std::nextafter(value, -4.0f), -0.0f, 0.0f});
  }
  CheckHistogram(x, 16.0, 64);
}

TEST_CASE("histogram_f32 has bins of every width that values of that size need", "[kernels]") {
  RandomData data(12);
  const float subnormal = std::numeric_limits<float>::denorm_min();
  for (int exponent = -160; exponent <= 116; exponent += 3) {
    const auto limit = static_cast<float>(std::ldexp(0.5, exponent + 12));
    std::vector<float> x = data.Floats(50, 1.0f);
    for (float& value : x) value *= limit;
    if (exponent > -160) x.insert(x.end(), {subnormal, -subnormal});
    CheckHistogram(x, std::ldexp(1.0, -exponent), 4096);
  }
}

}  // namespace alice
