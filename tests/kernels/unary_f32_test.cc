#include "kernels/unary_f32/unary_f32.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {
namespace {

constexpr UnaryOp kOps[] = {
#define ALICE_UNARY_OP(name, kind, expression) UnaryOp::name,
#include "kernels/unary_f32/unary_op.inc"
#undef ALICE_UNARY_OP
};

/// The definition, in double.
double Exact(UnaryOp op, double x) {
  switch (op) {
    case UnaryOp::abs:
      return std::abs(x);
    case UnaryOp::ceil:
      return std::ceil(x);
    case UnaryOp::erf:
      return std::erf(x);
    case UnaryOp::exp:
      return std::exp(x);
    case UnaryOp::floor:
      return std::floor(x);
    case UnaryOp::log:
      return std::log(x);
    case UnaryOp::neg:
      return -x;
    case UnaryOp::reciprocal:
      return 1 / x;
    case UnaryOp::round:
      return std::nearbyint(x);
    case UnaryOp::sign:
      return x > 0 ? 1 : (x < 0 ? -1 : 0);
    case UnaryOp::sqrt:
      return std::sqrt(x);
  }
  return x;
}

}  // namespace

TEST_CASE("unary_f32 is what its operations are called", "[kernels]") {
  std::vector<float> x = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 0.0f, 1e-20f, 80.0f, -80.0f, 8388609.0f, -3e9f};
  for (int i = 1; i < 200; ++i) x.push_back(static_cast<float>(i - 100) / 7.0f);
  // numeric/elementary.h: exp, log and erf are off by less than 3 · 2^-24 of themselves; the others by their last rounding.
  constexpr double kUnits = 3.0 * 0x1p-24;
  for (const UnaryF32Kernel& kernel : AllUnaryF32()) {
    for (const UnaryOp op : kOps) {
      std::vector<float> y(x.size());
      kernel.run(op, x.data(), x.size(), y.data());
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double exact = Exact(op, static_cast<double>(x[i]));
        INFO(kernel.name << " operation " << static_cast<int>(op) << " of " << x[i]);
        if (std::isnan(exact)) {
          REQUIRE(std::isnan(y[i]));
        } else if (std::isinf(exact)) {
          REQUIRE(static_cast<double>(y[i]) == exact);
        } else {
          REQUIRE(std::abs(static_cast<double>(y[i]) - exact) <= kUnits * std::abs(exact));
        }
      }
    }
  }
}

TEST_CASE("every unary_f32 gives the bits of the reference, in place too", "[kernels]") {
  RandomData random(21);
  const float specials[] = {std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::denorm_min(),
                            0.0f,
                            -0.0f,
                            std::numeric_limits<float>::max(),
                            0.5f,
                            2.5f};
  for (const UnaryF32Kernel& kernel : AllUnaryF32()) {
    for (const UnaryOp op : kOps) {
      for (std::size_t n = 1; n <= 27; ++n) {
        std::vector<float> x = random.Floats(n, n % 2 == 0 ? 3.0f : 1e10f);
        x[n / 2] = specials[n % std::size(specials)];
        Guarded<float> expected(n, n % 4);
        Guarded<float> in_place(n, n % 4);
        Guarded<float> y(n, n % 4);
        UnaryF32_Reference(op, x.data(), n, expected.data());
        std::copy(x.begin(), x.end(), in_place.data());
        kernel.run(op, x.data(), n, y.data());
        kernel.run(op, in_place.data(), n, in_place.data());
        INFO(kernel.name << " n " << n << " operation " << static_cast<int>(op));
        // A NaN may come out with other bits.
        for (std::size_t i = 0; i < n; ++i) {
          for (Guarded<float>* result : {&y, &in_place}) {
            if (std::isnan(expected[i]) && std::isnan((*result)[i])) (*result)[i] = expected[i];
          }
        }
        REQUIRE(y == expected);
        REQUIRE(in_place == expected);
      }
    }
  }
}

}  // namespace alice
