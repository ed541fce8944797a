#include "kernels/quantize_u8/quantize_u8.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Half to even by its definition, from floor: independent of the rounding mode and of rint.
double NaiveRound(double x) {
  const double floor = std::floor(x);
  const double fraction = x - floor;
  if (fraction != 0.5) return fraction < 0.5 ? floor : floor + 1;
  return std::fmod(floor, 2.0) == 0.0 ? floor : floor + 1;
}

/// The code by definition. The quotient of two floats in double, rounded to float, is the float quotient.
std::uint8_t NaiveQuantize(float x, QParams q) {
  if (std::isnan(x)) return 0;
  const auto quotient = static_cast<float>(static_cast<double>(x) / static_cast<double>(q.scale));
  const double code = NaiveRound(quotient) + q.zero_point;
  return static_cast<std::uint8_t>(std::fmin(std::fmax(code, 0.0), 255.0));
}

void CheckQuantize(const std::vector<float>& x, QParams q, std::size_t offset) {
  Guarded<std::uint8_t> expected(x.size(), offset);
  for (std::size_t i = 0; i < x.size(); ++i) expected[i] = NaiveQuantize(x[i], q);
  for (const QuantizeF32U8Kernel& kernel : AllQuantizeF32U8()) {
    INFO(kernel.name << " n " << x.size() << " scale " << q.scale << " zero point " << q.zero_point);
    Guarded<std::uint8_t> y(x.size(), offset);
    kernel.run(x.data(), x.size(), q, y.data());
    REQUIRE(y == expected);
  }
}

bool SameBits(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

void CheckMinMax(const float* x, std::size_t n, MinMax expected) {
  for (const MinMaxF32Kernel& kernel : AllMinMaxF32()) {
    const MinMax got = kernel.run(x, n);
    INFO(kernel.name << " n " << n << ": " << got.min << " … " << got.max << ", expected " << expected.min << " … "
                     << expected.max);
    REQUIRE(SameBits(got.min, expected.min));
    REQUIRE(SameBits(got.max, expected.max));
  }
}

}  // namespace

TEST_CASE("quantize_f32_u8 rounds ties to even and saturates", "[kernels]") {
  const std::vector<float> x = {-0.5f,  0.5f,   1.5f,    2.5f,    -1.5f, -2.5f,  0.0f,      -0.0f,      154.5f,
                                155.5f, 200.0f, -100.5f, -101.0f, 1e30f, -1e30f, kInfinity, -kInfinity, kNan};
  const std::vector<int> codes = {100, 100, 102, 102, 98, 98, 100, 100, 254, 255, 255, 0, 0, 255, 0, 255, 0, 0};
  for (const QuantizeF32U8Kernel& kernel : AllQuantizeF32U8()) {
    INFO(kernel.name);
    std::vector<std::uint8_t> y(x.size());
    kernel.run(x.data(), x.size(), {1.0f, 100}, y.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      INFO(x[i]);
      CHECK(int{y[i]} == codes[i]);
    }
  }
}

TEST_CASE("quantize_f32_u8 is right at every tie and at both neighbours of it", "[kernels]") {
  for (const float scale : {1.0f, 0.25f, 0.1f, 3.0f, 1e-6f, 7e20f}) {
    std::vector<float> x;
    for (int half = -600; half <= 600; ++half) {
      const float tie = 0.5f * static_cast<float>(half) * scale;
      x.insert(x.end(), {std::nextafter(tie, -kInfinity), tie, std::nextafter(tie, kInfinity)});
    }
    for (const int zero_point : {0, 1, 127, 128, 254, 255}) CheckQuantize(x, {scale, zero_point}, 0);
  }
}

TEST_CASE("quantize_f32_u8 equals the definition over every size", "[kernels]") {
  RandomData random(4);
  for (std::size_t n = 1; n <= 49; ++n) {
    for (std::size_t offset = 0; offset < 3; ++offset) {
      CheckQuantize(random.Floats(n, 3.0f), {0.017f, 113}, offset);
      CheckQuantize(random.Floats(n, 1e30f), {0.5f, 0}, offset);
    }
  }
  CheckQuantize(random.Floats(5000, 2.0f), AsymmetricU8(-1.5f, 2.0f), 0);
}

TEST_CASE("min_max_f32 finds the extremes wherever they lie", "[kernels]") {
  for (std::size_t n = 1; n <= 40; ++n) {
    for (std::size_t at = 0; at < n; ++at) {
      std::vector<float> x(n + 1, 0.5f);  // used from 1 on: not aligned to a vector
      x[1 + at] = -3.0f;
      CheckMinMax(x.data() + 1, n, {-3.0f, n == 1 ? -3.0f : 0.5f});
      x[1 + at] = 1e-40f;
      CheckMinMax(x.data() + 1, n, {1e-40f, n == 1 ? 1e-40f : 0.5f});
      x[1 + at] = 7.0f;
      CheckMinMax(x.data() + 1, n, {n == 1 ? 7.0f : 0.5f, 7.0f});
      x[1 + at] = kNan;
      CheckMinMax(x.data() + 1, n, {n == 1 ? kInfinity : 0.5f, n == 1 ? -kInfinity : 0.5f});
    }
  }
}

TEST_CASE("min_max_f32 reports a zero as +0 and infinities as they are", "[kernels]") {
  for (const std::size_t n : {1, 4, 5, 16, 23}) {
    CheckMinMax(std::vector<float>(n, -0.0f).data(), n, {0.0f, 0.0f});
    CheckMinMax(std::vector<float>(n, kInfinity).data(), n, {kInfinity, kInfinity});
  }
  const float mixed[] = {0.0f, -0.0f, -kInfinity, 1.0f, -0.0f};
  CheckMinMax(mixed, 5, {-kInfinity, 1.0f});
}

TEST_CASE("every min_max_f32 gives the same bits on random data", "[kernels]") {
  RandomData random(5);
  for (std::size_t n = 1; n <= 200; ++n) {
    const std::vector<float> x = random.Floats(n, n % 2 == 0 ? 1.0f : 3e38f);
    float min = x[0];
    float max = x[0];
    for (const float value : x) {
      min = std::fmin(min, value);
      max = std::fmax(max, value);
    }
    CheckMinMax(x.data(), n, {min == 0.0f ? 0.0f : min, max == 0.0f ? 0.0f : max});
  }
}

}  // namespace alice
