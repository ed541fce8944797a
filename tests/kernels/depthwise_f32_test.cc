#include "kernels/depthwise_f32/depthwise_f32.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {
namespace {

WindowAxis Axis(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                std::int64_t pad_begin, std::int64_t pad_end) {
  WindowAxis axis{size, kernel, stride, dilation, pad_begin, pad_end, 0};
  axis.outputs = (size + pad_begin + pad_end - (dilation * (kernel - 1) + 1)) / stride + 1;
  return axis;
}

const Window2d kWindows[] = {
    {Axis(5, 3, 1, 1, 1, 1), Axis(6, 3, 1, 1, 1, 1)}, {Axis(7, 3, 2, 1, 0, 1), Axis(8, 3, 2, 1, 1, 0)},
    {Axis(9, 3, 1, 2, 2, 2), Axis(7, 2, 3, 3, 1, 1)}, {Axis(1, 1, 1, 1, 0, 0), Axis(9, 5, 1, 1, 4, 4)},
    {Axis(2, 3, 1, 1, 3, 3), Axis(3, 1, 1, 1, 2, 0)},  // some windows see padding alone
};

}  // namespace

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
