#include "kernels/quantize_s8/quantize_s8.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {
namespace {

/// The code by definition, half to even from floor. The quotient of two floats in double, rounded to float, is the float
/// quotient.
std::int8_t NaiveQuantize(float x, float scale) {
  const double quotient = static_cast<float>(static_cast<double>(x) / static_cast<double>(scale));
  const double floor = std::floor(quotient);
  const double fraction = quotient - floor;
  const bool is_odd = std::fmod(floor, 2.0) != 0.0;
  const double nearest = fraction > 0.5 || (fraction == 0.5 && is_odd) ? floor + 1.0 : floor;
  return static_cast<std::int8_t>(std::fmin(std::fmax(nearest, -127.0), 127.0));
}

void Check(const std::vector<float>& x, const std::vector<float>& scales) {
  Guarded<std::int8_t> expected(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) expected[i] = NaiveQuantize(x[i], scales[i]);
  for (const QuantizeF32S8Kernel& kernel : AllQuantizeF32S8()) {
    INFO(kernel.name << " n " << x.size());
    Guarded<std::int8_t> y(x.size());
    kernel.run(x.data(), x.size(), scales.data(), y.data());
    REQUIRE(y == expected);
  }
}

}  // namespace

TEST_CASE("quantize_f32_s8 gives the nearest code of every value with its own scale", "[kernels]") {
  RandomData data(14);
  for (std::size_t n = 0; n <= 49; ++n) {
    std::vector<float> scales = data.Floats(n, 0.05f);
    for (float& scale : scales) scale = std::abs(scale) + 1e-3f;
    Check(data.Floats(n, 5.0f), scales);
  }
}

TEST_CASE("quantize_f32_s8 rounds ties to even and never gives -128", "[kernels]") {
  std::vector<float> x;
  for (int half = -258; half <= 258; ++half) {
    const float tie = static_cast<float>(half) / 2.0f;
    x.insert(x.end(), {tie, std::nextafter(tie, 300.0f), std::nextafter(tie, -300.0f)});
  }
  x.insert(x.end(), {1e30f, -1e30f, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()});
  Check(x, std::vector<float>(x.size(), 1.0f));
}

}  // namespace alice
