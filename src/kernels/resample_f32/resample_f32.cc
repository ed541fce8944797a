#include "kernels/resample_f32/resample_f32.h"

#include <algorithm>

namespace alice {
namespace {

template <std::size_t kTaps>
void Row(const std::int32_t* indices, const float* weights, std::size_t inner, const float* x, float* y) {
  const float* rows[kTaps];
  float weight[kTaps];
  for (std::size_t t = 0; t < kTaps; ++t) {
    rows[t] = x + static_cast<std::size_t>(indices[t]) * inner;
    weight[t] = weights[t];
  }
  for (std::size_t i = 0; i < inner; ++i) {
    float sum = weight[0] * rows[0][i];
    for (std::size_t t = 1; t < kTaps; ++t) sum += weight[t] * rows[t][i];
    y[i] = sum;
  }
}

template <std::size_t kTaps>
void Resample(std::size_t to, std::size_t inner, const Taps& taps, const float* x, float* y) {
  for (std::size_t j = 0; j < to; ++j, y += inner) {
    const std::int32_t* const indices = taps.indices + j * kTaps;
    if (indices[0] < 0) {
      std::fill_n(y, inner, taps.outside);
    } else {
      Row<kTaps>(indices, taps.weights + j * kTaps, inner, x, y);
    }
  }
}

}  // namespace

void ResampleF32(std::size_t outer, std::size_t from, std::size_t to, std::size_t inner, const Taps& taps,
                 const float* x, float* y) {
  for (std::size_t i = 0; i < outer; ++i, x += from * inner, y += to * inner) {
    if (taps.taps == 2) {
      Resample<2>(to, inner, taps, x, y);
    } else {
      Resample<4>(to, inner, taps, x, y);
    }
  }
}

}  // namespace alice
