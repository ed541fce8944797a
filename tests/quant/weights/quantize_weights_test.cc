#include "quant/weights/quantize_weights.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "numeric/fp8.h"
#include "numeric/int4.h"
#include "numeric/qparams.h"

namespace alice {
namespace {

/// The unit roundoff of float.
constexpr double kU = 0x1p-24;

/// Quantized weights in exactly the memory the size functions ask for: the sanitizer sees a byte more.
struct Quantized {
  std::size_t k, n;
  WeightScheme scheme;
  std::vector<std::uint8_t> codes;
  std::vector<float> scales;
  std::vector<std::int8_t> zero_points;

  Quantized(std::size_t rows, std::size_t columns, const WeightScheme& how)
      : k(rows),
        n(columns),
        scheme(how),
        codes(WeightCodeBytes(k, n, scheme), 0xA5),
        scales(ScaleGridOf(k, n, scheme).count()),
        zero_points(WeightZeroPointCount(k, n, scheme)) {}
  Quantized(const std::vector<float>& w, std::size_t rows, std::size_t columns, const WeightScheme& how)
      : Quantized(rows, columns, how) {
    REQUIRE(CheckWeights(w).ok());
    QuantizeWeights(w, k, n, scheme, {codes, scales, zero_points});
  }

  [[nodiscard]] std::vector<float> Floats() const {
    std::vector<float> w(k * n);
    DequantizeWeights({codes, scales, zero_points}, k, n, scheme, w);
    return w;
  }
  /// The integer codes, one by one.
  [[nodiscard]] std::vector<int> Integers() const {
    std::vector<int> integers(k * n);
    for (std::size_t i = 0; i < integers.size(); ++i) {
      integers[i] = scheme.type == WeightType::int4 ? LoadInt4(codes.data(), i) : static_cast<std::int8_t>(codes[i]);
    }
    return integers;
  }
};

std::vector<WeightScheme> AllSchemes(std::size_t group_size) {
  std::vector<WeightScheme> schemes;
  for (std::size_t type = 0; type < kWeightTypeNames.size(); ++type) {
    for (std::size_t granularity = 0; granularity < kGranularityNames.size(); ++granularity) {
      for (const bool symmetric : {true, false}) {
        const WeightScheme scheme{static_cast<WeightType>(type), symmetric, static_cast<Granularity>(granularity),
                                  group_size};
        if (CheckScheme(scheme).ok()) schemes.push_back(scheme);
      }
    }
  }
  return schemes;
}

std::string Describe(const WeightScheme& scheme) {
  return JoinMessage({WeightTypeName(scheme.type), scheme.symmetric ? " symmetric " : " asymmetric ",
                      GranularityName(scheme.granularity), " of ", scheme.group_size});
}

/// Normal weights, every column of another magnitude and every third one off center.
std::vector<float> RandomWeights(std::size_t k, std::size_t n, std::mt19937& engine) {
  std::normal_distribution<float> normal;
  std::vector<float> w(k * n);
  for (std::size_t i = 0; i < w.size(); ++i) {
    const std::size_t column = i % n;
    const float magnitude = std::exp2(static_cast<float>(column * 7 % 41) - 20.0f);
    w[i] = magnitude * (normal(engine) + (column % 3 == 0 ? 3.0f : 0.0f));
  }
  return w;
}

/// How far a weight x may come back from where it was, when its scale is s.
///
/// Integers, with 2^b steps to a range: the scale, x / s and (for a zero point) the width of the range, −min / s and
/// the zero point itself are rounded; each moves x by at most 2^b · u steps, and so does the product on the way back,
/// beyond the half step of rounding to a code. FP8: x / s is rounded to half a spacing, which is at most h|x / s| with
/// h = 2^-(m+1) for normal codes and half the smallest value for subnormal ones; the quotient and the product add u
/// each, of x or of what comes back. What saturates is beyond the largest code by 3u of itself, less than h.
double Bound(float x, float s, const WeightScheme& scheme) {
  const double scale = s;
  const double magnitude = std::abs(static_cast<double>(x));
  if (scheme.type == WeightType::int8) return scale * (0.5 + 4 * 256 * kU);
  if (scheme.type == WeightType::int4) return scale * (0.5 + 4 * 16 * kU);
  const bool e4m3 = scheme.type == WeightType::fp8e4m3;
  const double half = std::max(magnitude * (e4m3 ? 0x1p-4 : 0x1p-3), scale * (e4m3 ? 0x1p-10 : 0x1p-17));
  return half + 4 * kU * (magnitude + half);
}

}  // namespace

TEST_CASE("the sizes of quantized weights", "[quant]") {
  const WeightScheme groups{WeightType::int4, false, Granularity::per_group, 4};
  CHECK(WeightCodeBytes(9, 3, groups) == 14);
  CHECK(WeightZeroPointCount(9, 3, groups) == 9);
  const ScaleGrid grid = ScaleGridOf(9, 3, groups);
  CHECK(grid.rows == 3);
  CHECK(grid.columns == 3);
  CHECK(grid.IndexOf(3, 2) == 2);
  CHECK(grid.IndexOf(4, 0) == 3);
  CHECK(grid.IndexOf(8, 1) == 7);
  CHECK(ScaleGridOf(8, 3, groups).count() == 6);
  CHECK(ScaleGridOf(1, 3, groups).count() == 3);
  CHECK(ScaleGridOf(9, 3, {WeightType::int8, true, Granularity::per_group, SIZE_MAX}).count() == 3);
  CHECK(ScaleGridOf(9, 3, {WeightType::int8, true, Granularity::per_tensor}).count() == 1);
  CHECK(ScaleGridOf(9, 3, {}).count() == 3);
  CHECK(WeightCodeBytes(9, 3, {}) == 27);
  CHECK(WeightZeroPointCount(9, 3, {}) == 0);
}

TEST_CASE("int8 weights by hand", "[quant]") {
  const std::vector<float> w = {1.0f,  -0.5f, 0.0f,  //
                                -2.0f, 0.25f, 0.0f};
  SECTION("symmetric per channel") {
    const Quantized q(w, 2, 3, {});
    CHECK(q.scales == std::vector<float>{2.0f / 127.0f, 0.5f / 127.0f, 1.0f});
    CHECK(q.Integers() == std::vector<int>{64, -127, 0, -127, 64, 0});  // 63.5 → 64
  }
  SECTION("symmetric per tensor") {
    const Quantized q(w, 2, 3, {WeightType::int8, true, Granularity::per_tensor});
    CHECK(q.scales == std::vector<float>{2.0f / 127.0f});
    CHECK(q.Integers() == std::vector<int>{64, -32, 0, -127, 16, 0});  // −31.75, 15.875
  }
  SECTION("asymmetric per tensor: the steps are 1/64") {
    const std::vector<float> wide = {-0.984375f, 3.0f, 1.0f, 0.0078125f};  // −63/64, 192/64, 64/64, 0.5/64
    const Quantized q(wide, 2, 2, {WeightType::int8, false, Granularity::per_tensor});
    CHECK(q.scales == std::vector<float>{1.0f / 64.0f});
    CHECK(q.zero_points == std::vector<std::int8_t>{63 - 128});
    CHECK(q.Integers() == std::vector<int>{-128, 127, 64 - 65, -65});
    CHECK(q.Floats() == std::vector<float>{-0.984375f, 3.0f, 1.0f, 0.0f});
  }
  SECTION("asymmetric ranges are widened to hold 0") {
    const std::vector<float> one_sided = {255.0f, -255.0f, 0.0f,  //
                                          100.0f, -100.0f, 0.0f};
    const Quantized q(one_sided, 2, 3, {WeightType::int8, false});
    CHECK(q.scales == std::vector<float>{1.0f, 1.0f, 1.0f});
    CHECK(q.zero_points == std::vector<std::int8_t>{-128, 127, 0});
    CHECK(q.Integers() == std::vector<int>{127, -128, 0, -28, 27, 0});
    CHECK(q.Floats() == one_sided);
  }
}

TEST_CASE("int4 weights by hand", "[quant]") {
  SECTION("symmetric, groups of 2, the last one short, and a group of zeros") {
    const std::vector<float> w = {7.0f,  0.0f,  //
                                  2.5f,  0.0f,  //
                                  -0.4f, 3.5f,  //
                                  1.0f,  -3.5f, -28.0f, 1.75f};
    const Quantized q(w, 5, 2, {WeightType::int4, true, Granularity::per_group, 2});
    CHECK(q.scales == std::vector<float>{1.0f, 1.0f, 1.0f / 7.0f, 0.5f, 4.0f, 0.25f});
    // 2.5 → 2; −0.4 / (1/7) = −2.8 → −3.
    CHECK(q.Integers() == std::vector<int>{7, 0, 2, 0, -3, 7, 7, -7, -7, 7});
    CHECK(q.codes == std::vector<std::uint8_t>{0x07, 0x02, 0x7D, 0x97, 0x79});
  }
  SECTION("asymmetric: codes −8 … 7") {
    const Quantized q({-5.0f, 10.0f, 0.0f, 1.5f, 2.5f}, 5, 1, {WeightType::int4, false});
    CHECK(q.scales == std::vector<float>{1.0f});
    CHECK(q.zero_points == std::vector<std::int8_t>{-3});
    CHECK(q.Integers() == std::vector<int>{-8, 7, -3, -1, -1});
    CHECK(q.codes == std::vector<std::uint8_t>{0x78, 0xFD, 0x0F});
    CHECK(q.Floats() == std::vector<float>{-5.0f, 10.0f, 0.0f, 2.0f, 2.0f});
  }
}

TEST_CASE("FP8 weights by hand", "[quant]") {
  const std::vector<float> w = {896.0f, -0.0f,  //
                                -2.125f, 0.0f};
  const Quantized e4m3(w, 2, 2, {WeightType::fp8e4m3});
  CHECK(e4m3.scales == std::vector<float>{2.0f, 1.0f});
  CHECK(e4m3.codes == std::vector<std::uint8_t>{0x7E, 0x80, 0xB8, 0x00});  // −1.0625 → −1
  CHECK(e4m3.Floats() == std::vector<float>{896.0f, 0.0f, -2.0f, 0.0f});
  const Quantized e5m2(w, 2, 2, {WeightType::fp8e5m2, true, Granularity::per_tensor});
  CHECK(e5m2.scales == std::vector<float>{1.0f / 64.0f});
  CHECK(e5m2.codes == std::vector<std::uint8_t>{0x7B, 0x80, 0xD8, 0x00});  // −136 → −128
  CHECK(e5m2.Floats() == std::vector<float>{896.0f, 0.0f, -2.0f, 0.0f});
}

TEST_CASE("weights come back within the bound of their scheme", "[quant][property]") {
  const auto seed = GENERATE(range(0U, 12U));
  INFO("seed " << seed);
  std::mt19937 engine(seed);
  const std::size_t sizes[][2] = {{1, 1}, {37, 5}, {64, 3}, {65, 130}, {7, 65}};
  for (const auto& [k, n] : sizes) {
    const std::vector<float> w = RandomWeights(k, n, engine);
    for (const WeightScheme& scheme : AllSchemes(1 + engine() % 40)) {
      INFO(Describe(scheme) << " [" << k << ", " << n << "]");
      const Quantized q(w, k, n, scheme);
      const std::vector<float> back = q.Floats();
      const ScaleGrid grid = ScaleGridOf(k, n, scheme);
      std::size_t outside = 0;
      for (std::size_t i = 0; i < w.size(); ++i) {
        const double error = std::abs(static_cast<double>(w[i]) - static_cast<double>(back[i]));
        if (!(error <= Bound(w[i], q.scales[grid.IndexOf(i / n, i % n)], scheme))) ++outside;
      }
      CHECK(outside == 0);
      if (IsFp8(scheme.type)) continue;
      const std::vector<int> codes = q.Integers();
      const int limit = scheme.type == WeightType::int8 ? 127 : 7;
      CHECK(*std::min_element(codes.begin(), codes.end()) >= (scheme.symmetric ? -limit : -limit - 1));
      CHECK(*std::max_element(codes.begin(), codes.end()) <= limit);
    }
  }
}

TEST_CASE("the symmetric scale is that of the largest magnitude, which gets the largest code", "[quant][property]") {
  const auto seed = GENERATE(range(0U, 20U));
  INFO("seed " << seed);
  std::mt19937 engine(seed);
  constexpr std::size_t kK = 50, kN = 70, kGroup = 16;
  const std::vector<float> w = RandomWeights(kK, kN, engine);
  for (const WeightScheme& scheme : AllSchemes(kGroup)) {
    if (!scheme.symmetric) continue;
    INFO(Describe(scheme));
    const float limits[] = {127.0f, 7.0f, 448.0f, 57344.0f};
    const float limit = limits[static_cast<std::size_t>(scheme.type)];
    const Quantized q(w, kK, kN, scheme);
    // The granularity by its words: which weights are in the same set.
    std::vector<float> largest(q.scales.size(), 0.0f);
    for (std::size_t row = 0; row < kK; ++row) {
      for (std::size_t column = 0; column < kN; ++column) {
        std::size_t set = 0;
        if (scheme.granularity == Granularity::per_channel) set = column;
        if (scheme.granularity == Granularity::per_group) set = row / kGroup * kN + column;
        REQUIRE(set < largest.size());
        largest[set] = std::max(largest[set], std::abs(w[row * kN + column]));
      }
    }
    for (std::size_t set = 0; set < largest.size(); ++set) REQUIRE(q.scales[set] == largest[set] / limit);
  }
}

TEST_CASE("groups do not know each other, and one as long as the channel is the channel", "[quant][property]") {
  const std::uint32_t seed = 51;
  CAPTURE(seed);
  std::mt19937 engine(seed);
  constexpr std::size_t kK = 70, kN = 3, kGroup = 32;
  std::vector<float> w = RandomWeights(kK, kN, engine);
  for (WeightScheme scheme : AllSchemes(kGroup)) {
    if (scheme.granularity != Granularity::per_group) continue;
    INFO(Describe(scheme));
    const std::vector<float> before = Quantized(w, kK, kN, scheme).Floats();
    std::vector<float> changed = w;
    for (std::size_t row = 32; row < 64; ++row) changed[row * kN + 1] *= 1000.0f;
    const std::vector<float> after = Quantized(changed, kK, kN, scheme).Floats();
    std::size_t moved = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const std::size_t row = i / kN;
      const bool is_inside = row >= 32 && row < 64 && i % kN == 1;
      if (is_inside) {
        moved += before[i] != after[i] ? 1 : 0;
      } else {
        CHECK(before[i] == after[i]);
      }
    }
    CHECK(moved > 16);

    scheme.group_size = kK;
    const Quantized group(w, kK, kN, scheme);
    scheme.granularity = Granularity::per_channel;
    const Quantized channel(w, kK, kN, scheme);
    CHECK(group.codes == channel.codes);
    CHECK(group.scales == channel.scales);
    CHECK(group.zero_points == channel.zero_points);
  }
}

TEST_CASE("where all weights are zero the scale is 1 and they stay zero", "[quant]") {
  const std::vector<float> w(7 * 3, 0.0f);
  for (const WeightScheme& scheme : AllSchemes(2)) {
    INFO(Describe(scheme));
    const Quantized q(w, 7, 3, scheme);
    CHECK(q.scales == std::vector<float>(q.scales.size(), 1.0f));
    CHECK(q.zero_points == std::vector<std::int8_t>(q.zero_points.size(), 0));
    CHECK(q.codes == std::vector<std::uint8_t>(q.codes.size(), 0));
    CHECK(q.Floats() == w);
  }
}

TEST_CASE("weights of no rows or no columns are nothing", "[quant]") {
  for (const WeightScheme& scheme : AllSchemes(2)) {
    INFO(Describe(scheme));
    CHECK(Quantized({}, 0, 3, scheme).Floats().empty());
    CHECK(Quantized({}, 3, 0, scheme).Floats().empty());
  }
}

TEST_CASE("every code has its value", "[quant]") {
  for (const WeightScheme& scheme : AllSchemes(2)) {
    if (scheme.granularity != Granularity::per_tensor) continue;
    INFO(Describe(scheme));
    const std::size_t count = scheme.type == WeightType::int4 ? 16 : 256;
    Quantized q(count, 1, scheme);
    for (std::size_t i = 0; i < count; ++i) {
      if (scheme.type == WeightType::int4) {
        StoreInt4(q.codes.data(), i, static_cast<std::int8_t>(static_cast<int>(i) - 8));
      } else {
        q.codes[i] = static_cast<std::uint8_t>(i);
      }
    }
    q.scales[0] = 0.25f;
    if (!scheme.symmetric) q.zero_points[0] = -3;
    const std::vector<float> w = q.Floats();
    for (std::size_t i = 0; i < count; ++i) {
      if (IsFp8(scheme.type)) {
        const auto format = scheme.type == WeightType::fp8e4m3 ? Fp8Format::e4m3fn : Fp8Format::e5m2;
        const float value = DecodeFp8(static_cast<std::uint8_t>(i), format) * 0.25f;
        CHECK((w[i] == value || (std::isnan(w[i]) && std::isnan(value))));
      } else {
        const int code = scheme.type == WeightType::int4 ? static_cast<int>(i) - 8 : static_cast<std::int8_t>(i);
        CHECK(w[i] == static_cast<float>(code + (scheme.symmetric ? 0 : 3)) * 0.25f);
      }
    }
  }
}

TEST_CASE("the largest weights come back finite, larger ones are refused", "[quant]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> w = {kMaxWeight, -kMaxWeight, 0.0f, 1.0f};
  for (const WeightScheme& scheme : AllSchemes(2)) {
    INFO(Describe(scheme));
    const Quantized q(w, 4, 1, scheme);
    const std::vector<float> back = q.Floats();
    const ScaleGrid grid = ScaleGridOf(4, 1, scheme);
    for (std::size_t i = 0; i < w.size(); ++i) {
      CHECK(std::abs(static_cast<double>(w[i]) - static_cast<double>(back[i])) <=
            Bound(w[i], q.scales[grid.IndexOf(i, 0)], scheme));
    }
  }
  for (const float bad : {nan, -std::numeric_limits<float>::infinity(), std::nextafter(kMaxWeight, HUGE_VALF)}) {
    const Status status = CheckWeights(std::vector<float>{0.0f, kMaxWeight, bad});
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::model_unsupported_type);
    CHECK(status.error().message.find("weight 2 is ") == 0);
  }
}

TEST_CASE("a symmetric scheme never uses the lowest code, even where a subnormal scale is far too small", "[quant]") {
  const float tiny = std::numeric_limits<float>::denorm_min();
  // 190 / 127 and 10 / 7 of the smallest float round to 1 of it.
  const Quantized int8({-190.0f * tiny, 190.0f * tiny}, 2, 1, {});
  CHECK(int8.scales == std::vector<float>{tiny});
  CHECK(int8.Integers() == std::vector<int>{-127, 127});
  const Quantized int4({-10.0f * tiny, 10.0f * tiny}, 2, 1, {WeightType::int4});
  CHECK(int4.scales == std::vector<float>{tiny});
  CHECK(int4.Integers() == std::vector<int>{-7, 7});
}

}  // namespace alice
