#include "kernels/activation_f32/activation_f32.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {
namespace {

constexpr Activation kActivations[] = {
#define ALICE_ACTIVATION(kind, formula) {ActivationKind::kind, 0.25f, -1.5f, 2.0f, 0.75f},
#include "numeric/activation.inc"
#undef ALICE_ACTIVATION
};

}  // namespace

TEST_CASE("activations by hand", "[kernels]") {
  const float x[] = {-4.0f, -1.0f, 0.0f, 1.0f, 4.0f};
  struct Case {
    ActivationKind kind;
    float expected[5];
  };
  const Case cases[] = {
      {ActivationKind::none, {-4.0f, -1.0f, 0.0f, 1.0f, 4.0f}},
      {ActivationKind::relu, {0.0f, 0.0f, 0.0f, 1.0f, 4.0f}},
      {ActivationKind::leaky_relu, {-1.0f, -0.25f, 0.0f, 1.0f, 4.0f}},
      {ActivationKind::clip, {-1.5f, -1.0f, 0.0f, 1.0f, 2.0f}},
      {ActivationKind::hard_sigmoid, {0.0f, 0.5f, 0.75f, 1.0f, 1.0f}},
      {ActivationKind::softsign, {-0.8f, -0.5f, 0.0f, 0.5f, 0.8f}},
      {ActivationKind::thresholded_relu, {0.0f, 0.0f, 0.0f, 1.0f, 4.0f}},
  };
  for (const ActivationF32Kernel& kernel : AllActivationF32()) {
    for (const Case& test : cases) {
      INFO(kernel.name << " activation " << static_cast<int>(test.kind));
      float y[5];
      kernel.run({test.kind, 0.25f, -1.5f, 2.0f, 0.75f}, x, 5, y);
      for (std::size_t i = 0; i < 5; ++i) CHECK(y[i] == test.expected[i]);
    }
    float y[5];
    kernel.run({ActivationKind::sigmoid, 0, 0, 0}, x, 5, y);
    // numeric/elementary.h: relative error below 4 · 2^-24.
    for (std::size_t i = 0; i < 5; ++i) {
      const double exact = 1.0 / (1.0 + std::exp(-static_cast<double>(x[i])));
      CHECK(std::abs(static_cast<double>(y[i]) - exact) <= exact * 0x1p-22);
    }
    // The same.
    kernel.run({ActivationKind::tanh, 0, 0, 0}, x, 5, y);
    for (std::size_t i = 0; i < 5; ++i) {
      const double exact = std::tanh(static_cast<double>(x[i]));
      CHECK(std::abs(static_cast<double>(y[i]) - exact) <= std::abs(exact) * 0x1p-22);
    }
  }
}

TEST_CASE("smooth activations are off by a few roundings", "[kernels]") {
  constexpr double kAlpha = 0.25;
  constexpr double kBeta = 0.75;
  struct Case {
    ActivationKind kind;
    double (*exact)(double x);
    bool of_x;  ///< a factor of the result is rounded relative to 1, so that the error is relative to x
  };
  const Case cases[] = {
      {ActivationKind::celu, [](double x) { return x < 0 ? kAlpha * std::expm1(x / kAlpha) : x; }, false},
      {ActivationKind::elu, [](double x) { return x < 0 ? kAlpha * std::expm1(x) : x; }, false},
      {ActivationKind::gelu, [](double x) { return x / 2 * std::erfc(-x / std::sqrt(2.0)); }, true},
      {ActivationKind::gelu_tanh,
       [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x))); },
       true},
      {ActivationKind::hard_swish, [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }, true},
      {ActivationKind::mish, [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }, false},
      {ActivationKind::selu, [](double x) { return kBeta * (x < 0 ? kAlpha * std::expm1(x) : x); }, false},
      {ActivationKind::softplus, [](double x) { return std::log1p(std::exp(x)); }, false},
  };
  // Each has sixteen roundings at most, those of numeric/elementary.h included.
  constexpr double kUnits = 16.0 * 0x1p-24;
  std::vector<float> x;
  for (int i = -1000; i <= 1000; ++i) x.push_back(static_cast<float>(i) / 64.0f);
  for (const ActivationF32Kernel& kernel : AllActivationF32()) {
    for (const Case& test : cases) {
      std::vector<float> y(x.size());
      kernel.run({test.kind, static_cast<float>(kAlpha), 0.0f, 0.0f, static_cast<float>(kBeta)}, x.data(), x.size(),
                 y.data());
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double exact = test.exact(static_cast<double>(x[i]));
        INFO(kernel.name << " activation " << static_cast<int>(test.kind) << " of " << x[i]);
        const double scale = test.of_x ? std::abs(static_cast<double>(x[i])) : std::abs(exact);
        REQUIRE(std::abs(static_cast<double>(y[i]) - exact) <= kUnits * scale);
      }
    }
  }
}

TEST_CASE("every activation kernel gives the bits of Apply, in place too", "[kernels]") {
  RandomData random(11);
  const float specials[] = {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()};
  for (const ActivationF32Kernel& kernel : AllActivationF32()) {
    for (const Activation& activation : kActivations) {
      for (std::size_t n = 1; n <= 19; ++n) {
        for (std::size_t offset = 0; offset < 4; ++offset) {
          // The wide ones reach the ends of exp.
          std::vector<float> x = random.Floats(n, offset % 2 == 0 ? 3.0f : 120.0f);
          x[0] = -0.0f;
          x[n / 2] = specials[n % 3];
          Guarded<float> expected(n, offset);
          Guarded<float> in_place(n, offset);
          Guarded<float> y(n, offset);
          for (std::size_t i = 0; i < n; ++i) expected[i] = Apply(activation, x[i]);
          std::copy(x.begin(), x.end(), in_place.data());
          kernel.run(activation, x.data(), n, y.data());
          kernel.run(activation, in_place.data(), n, in_place.data());
          // A NaN that goes through arithmetic may come out with other bits.
          for (Guarded<float>* result : {&y, &in_place}) {
            if (std::isnan(expected[n / 2]) && std::isnan((*result)[n / 2])) (*result)[n / 2] = expected[n / 2];
          }
          INFO(kernel.name << " n " << n << " activation " << static_cast<int>(activation.kind));
          REQUIRE(y == expected);
          REQUIRE(in_place == expected);
        }
      }
    }
  }
}

}  // namespace alice
