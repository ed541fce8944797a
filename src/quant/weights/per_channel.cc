#include "quant/weights/per_channel.h"

#include "quant/weights/quantize_weights.h"

namespace alice {

void QuantizePerChannel(const float* w, std::size_t k, std::size_t n, std::int8_t* q, float* scales) {
  const QuantizedWeightsOut out{{reinterpret_cast<std::uint8_t*>(q), k * n}, {scales, n}, {}};
  QuantizeWeights({w, k * n}, k, n, {}, out);
}

}  // namespace alice
