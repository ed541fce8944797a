#include "backends/cpu/activation_quantizer.h"

#include <algorithm>
#include <cmath>

namespace alice {

ActivationQuantizer::ActivationQuantizer(const CompileContext& context)
    : min_max_(SelectMinMaxF32(context.isa)),
      quantize_(SelectQuantizeF32U8(context.isa)),
      scheme_(context.node.quantized->scheme.activations) {}

QParams ActivationQuantizer::QParamsOf(MinMax range) const {
  if (scheme_.symmetric) return SymmetricU8(std::max(std::abs(range.min), std::abs(range.max)));
  return AsymmetricU8(range.min, range.max);
}

QParams ActivationQuantizer::Run(const float* x, std::size_t rows, std::size_t columns, std::uint8_t* codes,
                                 std::size_t stride) const {
  const auto quantize = [&](QParams q) {
    if (stride == columns) {
      quantize_.run(x, rows * columns, q, codes);
    } else {
      for (std::size_t row = 0; row < rows; ++row) quantize_.run(x + row * columns, columns, q, codes + row * stride);
    }
    return q;
  };
  if (connection_.input) return quantize(*connection_.input);
  MinMax range = min_max_.run(x, rows * columns);
  const QuantRange bound = connection_.bound.value_or(QuantRange{range.min, range.max});
  if (range.min >= bound.min && range.max <= bound.max) return quantize(QParamsOf(range));

  // As if x had been clipped first: rounding grows with x, so clipping the codes is the same.
  range = {std::clamp(range.min, bound.min, bound.max), std::clamp(range.max, bound.min, bound.max)};
  const QParams q = quantize(QParamsOf(range));
  const std::uint8_t low = QuantizeU8(range.min, q);
  const std::uint8_t high = QuantizeU8(range.max, q);
  for (std::size_t row = 0; row < rows; ++row) {
    std::uint8_t* row_codes = codes + row * stride;
    std::transform(row_codes, row_codes + columns, row_codes, [&](std::uint8_t c) { return std::clamp(c, low, high); });
  }
  return q;
}

}  // namespace alice
