#include "backends/cpu/activation_quantizer.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/pieces.h"
#include "backends/cpu/shared_range.h"

namespace alice {

ActivationQuantizer::ActivationQuantizer(const CompileContext& context)
    : min_max_(SelectMinMaxF32(context.isa)),
      quantize_(SelectQuantizeF32U8(context.isa)),
      scheme_(context.node.quantized->scheme.activations) {}

QParams ActivationQuantizer::QParamsOf(MinMax range) const {
  if (scheme_.symmetric) return SymmetricU8(std::max(std::abs(range.min), std::abs(range.max)));
  return AsymmetricU8(range.min, range.max);
}

ActivationQuantizer::Grid ActivationQuantizer::GridOf(const float* x, std::size_t count, const Threads& threads) const {
  return GridOf(connection_.input ? MinMax{} : RangeOf(x, count, threads));
}

MinMax ActivationQuantizer::RangeOf(const float* x, std::size_t count, const Threads& threads) const {
  if (threads.count() == 1) return min_max_.run(x, count);
  MinMax range = kEmptyRange;
  SharedRange shared(&range, threads);
  ElementPieces(count, threads.count()).ForEach(threads, [&](std::size_t first, std::size_t part, std::size_t thread) {
    const MinMax found = min_max_.run(x + first, part);
    MinMax& own = *shared.Of(thread);
    own = {std::min(own.min, found.min), std::max(own.max, found.max)};
  });
  shared.Join();
  return range;
}

ActivationQuantizer::Grid ActivationQuantizer::GridOf(MinMax range) const {
  if (connection_.input) return {*connection_.input};
  const QuantRange bound = connection_.bound.value_or(QuantRange{range.min, range.max});
  if (range.min >= bound.min && range.max <= bound.max) return {QParamsOf(range)};

  // As if x had been clipped first: rounding grows with x, so clipping the codes is the same.
  range = {std::clamp(range.min, bound.min, bound.max), std::clamp(range.max, bound.min, bound.max)};
  const QParams qparams = QParamsOf(range);
  return {qparams, QuantizeU8(range.min, qparams), QuantizeU8(range.max, qparams)};
}

ActivationQuantizer::Grid ActivationQuantizer::GridOfSample(const OpIo& io, std::size_t sample,
                                                            std::size_t elements) const {
  if (connection_.input_has_ranges) return GridOf(io.input_ranges[sample]);
  return GridOf(reinterpret_cast<const float*>(io.inputs[0]) + sample * elements, elements, io.threads);
}

ActivationQuantizer::Sample ActivationQuantizer::SampleOf(const OpIo& io, std::size_t sample, std::size_t elements,
                                                          std::uint8_t* codes) const {
  const std::byte* const input = io.inputs[0];
  if (connection_.input_is_codes) {
    return {reinterpret_cast<const std::uint8_t*>(input) + sample * elements, *connection_.input};
  }
  const float* const x = reinterpret_cast<const float*>(input) + sample * elements;
  const Grid grid = GridOfSample(io, sample, elements);
  if (io.threads.count() == 1) {
    Run(x, 1, elements, grid, codes, elements);
    return {codes, grid.qparams};
  }
  ElementPieces(elements, io.threads.count())
      .ForEach(io.threads, [&](std::size_t first, std::size_t count, std::size_t /*thread*/) {
        Run(x + first, 1, count, grid, codes + first, count);
      });
  return {codes, grid.qparams};
}

void ActivationQuantizer::Run(const float* x, std::size_t rows, std::size_t columns, const Grid& grid,
                              std::uint8_t* codes, std::size_t stride) const {
  if (stride == columns) {
    columns *= rows;
    stride = columns;
    rows = 1;
  }
  for (std::size_t row = 0; row < rows; ++row, x += columns, codes += stride) {
    quantize_.run(x, columns, grid.qparams, codes);
    if (grid.low == 0 && grid.high == 255) continue;
    std::transform(codes, codes + columns, codes, [&](std::uint8_t c) { return std::clamp(c, grid.low, grid.high); });
  }
}

}  // namespace alice
