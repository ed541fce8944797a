#include "quant/weights/per_channel.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

namespace alice {

TEST_CASE("each column has its own scale; a column of zeros has scale 1", "[quant]") {
  const float w[] = {1.0f,  -0.5f, 0.0f,  //
                     -2.0f, 0.25f, 0.0f};
  std::int8_t q[6];
  float scales[3];
  QuantizePerChannel(w, 2, 3, q, scales);
  CHECK(scales[0] == 2.0f / 127.0f);
  CHECK(scales[1] == 0.5f / 127.0f);
  CHECK(scales[2] == 1.0f);
  // 1 / (2/127) = 63.5, which goes to the even 64.
  CHECK(std::vector<int>(q, q + 6) == std::vector<int>{64, -127, 0, -127, 64, 0});
}

TEST_CASE("a weight comes back within half a step, and −128 is never used", "[quant][property]") {
  const unsigned seed = GENERATE(range(0U, 50U));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, std::pow(10.0f, static_cast<float>(seed % 9) - 4.0f));
  constexpr std::size_t kK = 37, kN = 5;
  std::vector<float> w(kK * kN);
  for (float& value : w) value = normal(random);
  std::vector<std::int8_t> q(w.size());
  float scales[kN];
  QuantizePerChannel(w.data(), kK, kN, q.data(), scales);
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double scale = scales[i % kN];
    // Half a step, and the rounding of the scale and of w / scale: 2^-23 of up to 127 steps each.
    CHECK(std::abs(w[i] - q[i] * scale) <= scale * (0.5 + 2.0 * 127.0 * 0x1p-23));
    CHECK(q[i] >= -127);
  }
}

}  // namespace alice
