#include "kernels/depthwise_f32/depthwise_f32.h"

#if ALICE_HAS_SIMD128
#include "kernels/activation_f32/activation_f32.h"
#include "kernels/activation_f32/clamp_bounds.h"
#include "kernels/depthwise_f32/for_each_output.h"
#include "kernels/simd128.h"

namespace alice {
namespace {

/// One pass over the channels of one output.
class Output {
 public:
  Output(const DepthwiseF32Args& args, const InsideTaps& taps, const float* x, float* y, const ClampBounds& bounds)
      : taps_(taps),
        channels_(args.channels),
        x_(x + taps.first_pixel * args.channels),
        w_(args.w + taps.first_tap * args.channels),
        bias_(args.bias),
        y_(y),
        low_(wasm_f32x4_splat(bounds.low)),
        high_(wasm_f32x4_splat(bounds.high)) {}

  void Run() const {
    std::size_t c = 0;
    for (; c + 16 <= channels_; c += 16) Sum<4>(c, 4);
    for (; c + 4 <= channels_; c += 4) Sum<1>(c, 4);
    if (c < channels_) Sum<1>(c, channels_ - c);
  }

 private:
  /// kVectors vectors from channel c on; of a single one the first `lanes` lanes.
  template <std::size_t kVectors>
  void Sum(std::size_t c, std::size_t lanes) const {
    v128_t sums[kVectors];
    for (v128_t& sum : sums) sum = wasm_f32x4_splat(0.0f);
    const std::size_t x_step = taps_.column_pixels * channels_;
    const float* x_row = x_ + c;
    const float* w_row = w_ + c;
    for (std::size_t i = 0; i < taps_.rows; ++i) {
      const float* x = x_row;
      const float* w = w_row;
      for (std::size_t j = 0; j < taps_.columns; ++j, x += x_step, w += channels_) {
        for (std::size_t v = 0; v < kVectors; ++v) {
          sums[v] = wasm_f32x4_add(sums[v], wasm_f32x4_mul(LoadLanes(x + v * 4, lanes), LoadLanes(w + v * 4, lanes)));
        }
      }
      x_row += taps_.row_pixels * channels_;
      w_row += taps_.window_columns * channels_;
    }
    for (std::size_t v = 0; v < kVectors; ++v) {
      if (bias_ != nullptr) sums[v] = wasm_f32x4_add(sums[v], LoadLanes(bias_ + c + v * 4, lanes));
      StoreLanes(y_ + c + v * 4, Clamp(sums[v], low_, high_), lanes);
    }
  }

  const InsideTaps taps_;
  std::size_t channels_;
  const float *x_, *w_, *bias_;
  float* y_;
  v128_t low_, high_;
};

}  // namespace

void DepthwiseF32_x16_Simd128(const DepthwiseF32Args& args) {
  const ClampBounds bounds = ClampBoundsOf(args.activation);
  const std::size_t pixels = static_cast<std::size_t>(args.window.rows.size * args.window.columns.size);
  const float* x = args.x;
  float* y = args.y;
  for (std::size_t sample = 0; sample < args.samples; ++sample, x += pixels * args.channels) {
    ForEachOutput(args.window, [&](const InsideTaps& taps) {
      Output(args, taps, x, y, bounds).Run();
      if (!bounds.complete) ActivationF32_x4_Simd128(args.activation, y, args.channels, y);
      y += args.channels;
    });
  }
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
