#include "kernels/dequantize_gemm/dequantize_gemm.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {
namespace {

/// float(exact): the float next to a result computed in double. For one +, − or × of floats that is the float operation
/// itself (53 ≥ 2·24 + 2 bits: rounding twice is harmless).
float Rounded(double exact) { return static_cast<float>(exact); }

float Naive(std::int64_t acc, QParams q, std::int64_t column_sum, float weight_scale, const float* bias) {
  const auto sum = static_cast<double>(Rounded(static_cast<double>(acc - q.zero_point * column_sum)));
  const auto factor = static_cast<double>(Rounded(static_cast<double>(q.scale) * static_cast<double>(weight_scale)));
  const float product = Rounded(sum * factor);
  return bias == nullptr ? product : Rounded(static_cast<double>(product) + static_cast<double>(*bias));
}

}  // namespace

TEST_CASE("dequantize_gemm by hand", "[kernels]") {
  const std::int32_t acc[] = {1000, -50, 7, 0, 3, 300, 20, 1, 2, 3};  // [2, 5]
  const QParams q[] = {{0.5f, 10}, {2.0f, 0}};
  const std::int32_t column_sums[] = {100, -5, 0, 2, 1};
  const float weight_scales[] = {1.0f, 2.0f, 4.0f, 0.25f, 8.0f};
  const float bias[] = {0.25f, 0.0f, -14.0f, 2.0f, 1.0f};
  // Row 0: acc − 10·sum = 0, 0, 7, −20, −7;  × 0.5·scale = 0, 0, 14, −2.5, −28
  const float first[] = {0.25f, 0.0f, 0.0f, -0.5f, -27.0f};
  // Row 1: acc as it is; × 2·scale = 600, 80, 8, 1, 48
  const float second[] = {600.25f, 80.0f, -6.0f, 3.0f, 49.0f};
  for (const DequantizeGemmKernel& kernel : AllDequantizeGemm()) {
    INFO(kernel.name);
    for (const bool relu : {false, true}) {
      float y[10];
      Activation activation;
      activation.kind = relu ? ActivationKind::relu : ActivationKind::none;
      kernel.run({2, 5, acc, 5, {q, 1, column_sums, weight_scales, bias, activation, y, 5}});
      for (std::size_t c = 0; c < 5; ++c) {
        CHECK(y[c] == (relu ? std::max(first[c], 0.0f) : first[c]));
        CHECK(y[5 + c] == (relu ? std::max(second[c], 0.0f) : second[c]));
      }
    }
  }
}

TEST_CASE("dequantize_gemm may leave its floats where the sums are", "[kernels]") {
  for (const DequantizeGemmKernel& kernel : AllDequantizeGemm()) {
    INFO(kernel.name);
    for (const ActivationKind kind : {ActivationKind::relu, ActivationKind::tanh}) {
      constexpr std::size_t kRows = 3;
      constexpr std::size_t kColumns = 11;
      const QParams q{0.01f, 3};
      const std::vector<std::int32_t> column_sums(kColumns, 5);
      const std::vector<float> weight_scales(kColumns, 1.5f);
      std::vector<std::int32_t> sums(kRows * kColumns);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = static_cast<std::int32_t>(i * 37 % 211) - 100;
      std::vector<float> apart(sums.size());
      Activation activation;
      activation.kind = kind;
      const auto run = [&](float* y) {
        kernel.run({kRows,
                    kColumns,
                    sums.data(),
                    kColumns,
                    {&q, kRows, column_sums.data(), weight_scales.data(), nullptr, activation, y, kColumns}});
      };
      run(apart.data());
      run(reinterpret_cast<float*>(sums.data()));
      CHECK(std::memcmp(apart.data(), sums.data(), apart.size() * sizeof(float)) == 0);
    }
  }
}

TEST_CASE("dequantize_gemm equals the definition bit for bit", "[kernels]") {
  RandomData random(6);
  const ActivationKind kinds[] = {
#define ALICE_ACTIVATION(kind, formula) ActivationKind::kind,
#include "numeric/activation.inc"
#undef ALICE_ACTIVATION
  };
  for (const ActivationKind kind : kinds) {
    for (std::size_t m = 1; m <= 5; ++m) {
      for (std::size_t n = 1; n <= 17; ++n) {
        const std::size_t ld_acc = n + m % 2;
        const std::size_t ldy = n + n % 3;
        const std::size_t rows_per_group = 1 + n % 3;
        // The largest accumulators that 8-bit operands of the longest reduction can give.
        const auto acc = random.Integers<std::int32_t>((m - 1) * ld_acc + n, -1073741824, 1073741823);
        const auto column_sums = random.Integers<std::int32_t>(n, -4000000, 4000000);
        const auto zero_points = random.Integers<std::int32_t>(m, 0, 255);
        const auto a_scales = random.Floats(m, 0.1f);
        const auto weight_scales = random.Floats(n, 0.01f);
        const auto biases = random.Floats(n, 10.0f);
        std::vector<QParams> q(m);
        for (std::size_t group = 0; group < m; ++group) q[group] = {a_scales[group], zero_points[group]};
        Activation activation;
        activation.kind = kind;
        activation.low = -1.0f;
        activation.high = 2.5f;
        for (const bool biased : {false, true}) {
          const float* bias = biased ? biases.data() : nullptr;
          Guarded<float> expected(m * ldy, 1);
          for (std::size_t row = 0; row < m; ++row) {
            for (std::size_t c = 0; c < n; ++c) {
              const float value = Naive(acc[row * ld_acc + c], q[row / rows_per_group], column_sums[c],
                                        weight_scales[c], biased ? bias + c : nullptr);
              expected[row * ldy + c] = Apply(activation, value);
            }
          }
          for (const DequantizeGemmKernel& kernel : AllDequantizeGemm()) {
            INFO(kernel.name << " m " << m << " n " << n << " activation " << static_cast<int>(kind));
            Guarded<float> y(m * ldy, 1);
            kernel.run({m,
                        n,
                        acc.data(),
                        ld_acc,
                        {q.data(), rows_per_group, column_sums.data(), weight_scales.data(), bias, activation, y.data(),
                         ldy}});
            REQUIRE(y == expected);
          }
        }
      }
    }
  }
}

TEST_CASE("requantize_gemm equals the definition bit for bit", "[kernels]") {
  RandomData random(7);
  for (std::size_t m = 1; m <= 4; ++m) {
    for (std::size_t n = 1; n <= 17; ++n) {
      const std::size_t ld_acc = n + m % 2;
      const std::size_t ld_codes = n + m % 3;
      const auto acc = random.Integers<std::int32_t>((m - 1) * ld_acc + n, -500000000, 500000000);
      const auto offsets = random.Integers<std::int32_t>(n, -500000000, 500000000);
      const auto zero_points = random.Integers<std::int32_t>(1, 0, 255);
      const auto weight_zero_points = random.Integers<std::int8_t>(n, -128, 127);
      const auto row_sums = random.Integers<std::int32_t>(m, 0, 8000000);
      std::vector<float> multipliers = random.Floats(n, 1e-6f);
      for (float& multiplier : multipliers) multiplier = std::abs(multiplier);
      for (const bool asymmetric : {false, true}) {
        for (const auto& [low, high] : {std::pair{0, 255}, std::pair{zero_points[0], 255}, std::pair{17, 18}}) {
          Guarded<std::uint8_t> expected(m * ld_codes, 1);
          for (std::size_t row = 0; row < m; ++row) {
            for (std::size_t c = 0; c < n; ++c) {
              std::int64_t sum = std::int64_t{acc[row * ld_acc + c]} + offsets[c];
              if (asymmetric) sum -= std::int64_t{weight_zero_points[c]} * row_sums[row];
              const double scaled = static_cast<double>(Rounded(static_cast<double>(Rounded(static_cast<double>(sum))) *
                                                                static_cast<double>(multipliers[c])));
              const double code = std::nearbyint(scaled) + zero_points[0];
              expected[row * ld_codes + c] =
                  static_cast<std::uint8_t>(std::clamp(code, static_cast<double>(low), static_cast<double>(high)));
            }
          }
          for (const RequantizeGemmKernel& kernel : AllRequantizeGemm()) {
            INFO(kernel.name << " m " << m << " n " << n);
            Guarded<std::uint8_t> codes(m * ld_codes, 1);
            kernel.run({m,
                        n,
                        acc.data(),
                        ld_acc,
                        {offsets.data(), multipliers.data(), zero_points[0], static_cast<std::uint8_t>(low),
                         static_cast<std::uint8_t>(high), codes.data(), ld_codes,
                         asymmetric ? weight_zero_points.data() : nullptr, row_sums.data()}});
            REQUIRE(codes == expected);
          }
        }
      }
    }
  }
}

}  // namespace alice
