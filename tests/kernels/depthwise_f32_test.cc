#include "kernels/depthwise_f32/depthwise_f32.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "guarded.h"
#include "kernels/random_data.h"
#include "kernels/windows.h"

namespace alice {
TEST_CASE("depthwise_f32 kernels give the reference's bits", "[kernels]") {
  RandomData data(5);
  for (const Window2d& window : kWindows) {
    for (std::size_t channels = 1; channels <= 37; ++channels) {
      const std::size_t samples = 1 + channels % 2;
      const auto pixels = static_cast<std::size_t>(window.rows.size * window.columns.size);
      const std::vector<float> x = data.Floats(samples * pixels * channels, 3.0f);
      const std::vector<float> w = data.Floats(static_cast<std::size_t>(window.elements()) * channels, 2.0f);
      const std::vector<float> bias = data.Floats(channels, 1.0f);
      const std::size_t outputs = samples * static_cast<std::size_t>(window.outputs()) * channels;
      for (const ActivationKind kind : {ActivationKind::none, ActivationKind::relu, ActivationKind::tanh}) {
        for (const float* given_bias : {bias.data(), static_cast<const float*>(nullptr)}) {
          const auto run = [&](const DepthwiseF32Kernel& kernel) {
            Guarded<float> y(outputs);
            kernel.run({window, samples, channels, x.data(), w.data(), given_bias, Activation{kind}, y.data()});
            return y;
          };
          const Guarded<float> expected = run(AllDepthwiseF32().front());
          for (const DepthwiseF32Kernel& kernel : AllDepthwiseF32().subspan(1)) {
            INFO(kernel.name << ", " << channels << " channels");
            REQUIRE(run(kernel) == expected);
          }
        }
      }
    }
  }
}

TEST_CASE("a depthwise convolution weighs each channel by its own filter", "[kernels]") {
  // Two channels, a row of three pixels under a window of two.
  const float x[] = {1, 10, 2, 20, 3, 30};
  const float w[] = {1, 0, 1, 2};
  const float bias[] = {0.5f, -0.5f};
  for (const DepthwiseF32Kernel& kernel : AllDepthwiseF32()) {
    float y[4];
    kernel.run({{Axis(1, 1, 1, 1, 0, 0), Axis(3, 2, 1, 1, 0, 0)}, 1, 2, x, w, bias, {}, y});
    CHECK(std::vector<float>(y, y + 4) == std::vector<float>{3.5f, 39.5f, 5.5f, 59.5f});
  }
}

}  // namespace alice
