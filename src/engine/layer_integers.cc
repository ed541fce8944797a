#include "engine/layer_integers.h"

namespace alice {

void LayerIntegers::OnInt8Gemm(std::size_t node, const Int8GemmTrace& trace) {
  if (node != node_) return;
  by_device_ = trace.by_device;
  for (std::size_t row = 0; trace.a != nullptr && row < trace.m; ++row) {
    const std::uint8_t* codes = trace.a + row * trace.lda;
    codes_.insert(codes_.end(), codes, codes + trace.k);
  }
  accumulators_.insert(accumulators_.end(), trace.accumulators, trace.accumulators + trace.m * trace.n);
}

}  // namespace alice
