#pragma once

#include <cstddef>

#include "tensor/window.h"

namespace alice {

struct PoolF32Args {
  Window2d window;
  std::size_t samples, channels;
  const float* x;  ///< [samples, rows, columns, channels]
  float* y;        ///< [samples, output rows, output columns, channels]; does not overlap x
};

/// The largest element under the window; padding counts as −∞. ONNX MaxPool-12.
void MaxPoolF32(const PoolF32Args& args);

/// The mean of the elements under the window, summed in f32 by rows, then columns, and divided by their number. Padding is
/// not counted, or with `count_padding` counts as elements that are 0. ONNX AveragePool-19.
void AveragePoolF32(const PoolF32Args& args, bool count_padding);

}  // namespace alice
