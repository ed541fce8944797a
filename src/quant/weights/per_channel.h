#pragma once

#include <cstddef>
#include <cstdint>

namespace alice {

/// Symmetric int8 weights with one scale per output channel (column):
///
///   scales[n] = max over k of |w[k, n]| / 127,  q[k, n] = clamp(rne(w[k, n] / scales[n]), −127, 127)
///
/// A column of zeros gets scale 1. `w` and `q` are [k, n] row-major. QuantizeWeights with the default WeightScheme.
void QuantizePerChannel(const float* w, std::size_t k, std::size_t n, std::int8_t* q, float* scales);

}  // namespace alice
