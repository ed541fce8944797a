#include "kernels/depthwise_f32/depthwise_f32.h"
#include "kernels/depthwise_f32/for_each_output.h"

namespace alice {

void DepthwiseF32_Reference(const DepthwiseF32Args& args) {
  const std::size_t channels = args.channels;
  const std::size_t pixels = static_cast<std::size_t>(args.window.rows.size * args.window.columns.size);
  const float* x = args.x;
  float* y = args.y;
  for (std::size_t sample = 0; sample < args.samples; ++sample, x += pixels * channels) {
    ForEachOutput(args.window, [&](const InsideTaps& taps) {
      for (std::size_t c = 0; c < channels; ++c) {
        float sum = 0.0f;
        for (std::size_t i = 0; i < taps.rows; ++i) {
          for (std::size_t j = 0; j < taps.columns; ++j) {
            const std::size_t pixel = taps.first_pixel + i * taps.row_pixels + j * taps.column_pixels;
            const std::size_t tap = taps.first_tap + i * taps.window_columns + j;
            sum += x[pixel * channels + c] * args.w[tap * channels + c];
          }
        }
        if (args.bias != nullptr) sum += args.bias[c];
        y[c] = Apply(args.activation, sum);
      }
      y += channels;
    });
  }
}

}  // namespace alice
