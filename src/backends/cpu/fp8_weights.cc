#include "backends/cpu/fp8_weights.h"

#include <algorithm>

#include "numeric/fp8.h"

namespace alice {

Fp8Weights::Fp8Weights(const CompileContext& context)
    : CodedWeights(context),
      codes_(context.holdings.Ask(MemoryKind::weights_int8, std::uint64_t{k()} * n())),
      scales_(context.graph.value(form().scales).constant->elements<const float>()) {
  const Fp8Format format = form().scheme.weights.type == WeightType::fp8e4m3 ? Fp8Format::e4m3fn : Fp8Format::e5m2;
  for (std::size_t code = 0; code < values_.size(); ++code) {
    values_[code] = DecodeFp8(static_cast<std::uint8_t>(code), format);
  }
}

Result<std::shared_ptr<Fp8Weights>> Fp8Weights::Create(const CompileContext& context) {
  return std::shared_ptr<Fp8Weights>(new Fp8Weights(context));
}

void Fp8Weights::Fill(const Graph& graph) {
  std::ranges::copy(graph.value(form().weights).constant->elements<const std::uint8_t>(), codes_->as<std::uint8_t>());
}

void Fp8Weights::Decode(std::size_t first, std::size_t count, float* y, std::size_t ldy) const {
  const auto* codes = codes_->as<const std::uint8_t>();
  for (std::size_t row = 0; row < k(); ++row) {
    for (std::size_t c = 0; c < count; ++c) {
      const float scale = scales_[grid().IndexOf(row, first + c)];
      y[row * ldy + c] = values_[codes[row * n() + first + c]] * scale;
    }
  }
}

}  // namespace alice
