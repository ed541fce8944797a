#include "kernels/softmax_f32/softmax_f32.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {

TEST_CASE("softmax_f32 equals the definition along any axis, in place too", "[kernels]") {
  RandomData random(15);
  for (const SoftmaxF32Kernel& kernel : AllSoftmaxF32()) {
    for (const std::size_t outer : {1, 3}) {
      for (const std::size_t inner : {1, 2, 5}) {
        for (const std::size_t axis_size : {1, 2, 5, 6, 8, 9, 33}) {
          const std::size_t n = outer * axis_size * inner;
          const std::vector<float> x = random.Floats(n, 10.0f);
          Guarded<float> y(n, 1);
          Guarded<float> in_place(n, 1);
          std::copy(x.begin(), x.end(), in_place.data());
          kernel.run(outer, axis_size, inner, x.data(), y.data());
          kernel.run(outer, axis_size, inner, in_place.data(), in_place.data());
          INFO(kernel.name << " [" << outer << ", " << axis_size << ", " << inner << "]");
          REQUIRE(y == in_place);
          // With u = 2^-24: an exponent of at most 20 is off by 20u, exp by 2u more; the sum of n such terms
          // by (n − 1)u more at most; the quotient by u. Relative error of the quotient: 2·22u + n·u, and terms in u².
          const double bound = (2 * 22 + static_cast<double>(axis_size) + 1) * 0x1p-24;
          for (std::size_t o = 0; o < outer; ++o) {
            for (std::size_t i = 0; i < inner; ++i) {
              double sum = 0;
              for (std::size_t j = 0; j < axis_size; ++j) {
                sum += std::exp(static_cast<double>(x[(o * axis_size + j) * inner + i]));
              }
              for (std::size_t j = 0; j < axis_size; ++j) {
                const std::size_t at = (o * axis_size + j) * inner + i;
                const double exact = std::exp(static_cast<double>(x[at])) / sum;
                REQUIRE(std::abs(static_cast<double>(y[at]) - exact) <= exact * bound);
              }
            }
          }
        }
      }
    }
  }
}

TEST_CASE("softmax_f32 neither overflows nor loses equal values", "[kernels]") {
  for (const SoftmaxF32Kernel& kernel : AllSoftmaxF32()) {
    INFO(kernel.name);
    const float equal[] = {3e38f, 3e38f, 3e38f, 3e38f};
    float y[4];
    kernel.run(1, 4, 1, equal, y);
    for (const float value : y) CHECK(value == 0.25f);
    const float far[] = {1000.0f, -1000.0f, -3e38f, 1000.0f};
    kernel.run(1, 4, 1, far, y);
    CHECK(y[0] == 0.5f);
    CHECK(y[1] == 0.0f);
    CHECK(y[2] == 0.0f);
    CHECK(y[3] == 0.5f);
  }
}

TEST_CASE("every softmax_f32 kernel gives the bits of the reference, and NaN spreads", "[kernels]") {
  RandomData random(16);
  const float infinity = std::numeric_limits<float>::infinity();
  for (const SoftmaxF32Kernel& kernel : AllSoftmaxF32()) {
    for (const float spread : {1.0f, 30.0f, 300.0f}) {
      for (std::size_t axis_size = 1; axis_size <= 21; ++axis_size) {
        constexpr std::size_t kOuter = 3;
        for (std::size_t offset = 0; offset < 4; ++offset) {
          std::vector<float> x = random.Floats(kOuter * axis_size, spread);
          if (axis_size > 1) x[axis_size - 1] = -infinity;
          Guarded<float> expected(x.size(), offset);
          Guarded<float> y(x.size(), offset);
          SoftmaxF32_Reference(kOuter, axis_size, 1, x.data(), expected.data());
          kernel.run(kOuter, axis_size, 1, x.data(), y.data());
          INFO(kernel.name << " [" << kOuter << ", " << axis_size << "] spread " << spread);
          REQUIRE(y == expected);
          for (std::size_t at = 0; at < axis_size; ++at) {
            std::vector<float> poisoned(x);
            poisoned[at] = std::numeric_limits<float>::quiet_NaN();
            kernel.run(kOuter, axis_size, 1, poisoned.data(), y.data());
            for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(std::isnan(y[i]) == (i < axis_size));
          }
        }
      }
    }
  }
}

TEST_CASE("log_softmax equals the definition along any axis, in place too", "[kernels]") {
  RandomData random(17);
  for (const std::size_t outer : {1, 3}) {
    for (const std::size_t inner : {1, 2, 5}) {
      for (const std::size_t axis_size : {1, 2, 5, 9, 33}) {
        const std::size_t n = outer * axis_size * inner;
        const std::vector<float> x = random.Floats(n, 10.0f);
        Guarded<float> y(n, 1);
        Guarded<float> in_place(n, 1);
        std::copy(x.begin(), x.end(), in_place.data());
        LogSoftmaxF32(outer, axis_size, inner, x.data(), y.data());
        LogSoftmaxF32(outer, axis_size, inner, in_place.data(), in_place.data());
        REQUIRE(y == in_place);
        // With u = 2^-24: the sum is off by (22 + n)u of itself (as above), its logarithm, at most ln 33 < 4, by as much and 3u
        // of itself; a difference of at most 20 twice by 24u.
        const double bound = (22 + static_cast<double>(axis_size) + 3 * 4 + 2 * 24) * 0x1p-24;
        for (std::size_t o = 0; o < outer; ++o) {
          for (std::size_t i = 0; i < inner; ++i) {
            double sum = 0;
            for (std::size_t j = 0; j < axis_size; ++j) {
              sum += std::exp(static_cast<double>(x[(o * axis_size + j) * inner + i]));
            }
            for (std::size_t j = 0; j < axis_size; ++j) {
              const std::size_t at = (o * axis_size + j) * inner + i;
              REQUIRE(std::abs(static_cast<double>(y[at]) - (static_cast<double>(x[at]) - std::log(sum))) <= bound);
            }
          }
        }
      }
    }
  }
  const float far[] = {1000.0f, -1000.0f, -3e38f, 1000.0f};
  float y[4];
  LogSoftmaxF32(1, 4, 1, far, y);
  CHECK(y[0] == Approx(-std::log(2.0)));
  CHECK(y[1] == Approx(-2000.0 - std::log(2.0)));
}

}  // namespace alice
