#include "kernels/activation_f32/activation_f32.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {
namespace {

constexpr Activation kActivations[] = {
#define ALICE_ACTIVATION(kind, formula) {ActivationKind::kind, 0.25f, -1.5f, 2.0f},
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
  };
  for (const ActivationF32Kernel& kernel : AllActivationF32()) {
    for (const Case& test : cases) {
      INFO(kernel.name << " activation " << static_cast<int>(test.kind));
      float y[5];
      kernel.run({test.kind, 0.25f, -1.5f, 2.0f}, x, 5, y);
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
          // A NaN that goes through arithmetic may come out with other bits: only where it is passed on.
          const bool passes_nan = activation.kind != ActivationKind::sigmoid && activation.kind != ActivationKind::tanh;
          x[n / 2] = specials[n % (passes_nan ? 3 : 2)];
          Guarded<float> expected(n, offset);
          Guarded<float> in_place(n, offset);
          Guarded<float> y(n, offset);
          for (std::size_t i = 0; i < n; ++i) expected[i] = Apply(activation, x[i]);
          std::copy(x.begin(), x.end(), in_place.data());
          kernel.run(activation, x.data(), n, y.data());
          kernel.run(activation, in_place.data(), n, in_place.data());
          INFO(kernel.name << " n " << n << " activation " << static_cast<int>(activation.kind));
          REQUIRE(y == expected);
          REQUIRE(in_place == expected);
        }
      }
    }
  }
}

}  // namespace alice
