#include "backends/cpu/fp8_weights.h"

#include <algorithm>

#include "numeric/fp8.h"

namespace alice {

Result<Fp8Weights> Fp8Weights::Create(const CompileContext& context) {
  const QuantizedForm& form = *context.node.quantized;
  const WeightScheme& scheme = form.scheme.weights;
  const Tensor& codes = *context.graph.value(form.weights).constant;
  Fp8Weights weights;
  ALICE_ASSIGN_OR_RETURN(weights.codes_, Buffer::Allocate(context.budget, MemoryKind::weights_int8, codes.bytes()));
  std::ranges::copy(codes.elements<const std::uint8_t>(), weights.codes_.as<std::uint8_t>());
  weights.scales_ = context.graph.value(form.scales).constant->elements<const float>();
  const SymbolicShape& shape = context.input(1).shape;
  weights.k_ = static_cast<std::size_t>(shape.dims[0].size);
  weights.n_ = static_cast<std::size_t>(shape.dims[1].size);
  weights.grid_ = ScaleGridOf(weights.k_, weights.n_, scheme);
  const Fp8Format format = scheme.type == WeightType::fp8e4m3 ? Fp8Format::e4m3fn : Fp8Format::e5m2;
  for (std::size_t code = 0; code < weights.values_.size(); ++code) {
    weights.values_[code] = DecodeFp8(static_cast<std::uint8_t>(code), format);
  }
  return weights;
}

void Fp8Weights::Decode(std::size_t first, std::size_t count, float* y, std::size_t ldy) const {
  const auto* codes = codes_.as<const std::uint8_t>();
  for (std::size_t row = 0; row < k_; ++row) {
    for (std::size_t c = 0; c < count; ++c) {
      const float scale = scales_[grid_.IndexOf(row, first + c)];
      y[row * ldy + c] = values_[codes[row * n_ + first + c]] * scale;
    }
  }
}

}  // namespace alice
