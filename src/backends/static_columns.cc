#include "backends/static_columns.h"

#include <cmath>
#include <limits>
#include <optional>

#include "numeric/bias.h"

namespace alice {

std::optional<double> FillStaticColumns(const Connection& connection, const float* bias, const ProductColumns& columns,
                                        const StaticColumns& filled) {
  double largest_code = 0.0;
  const std::int64_t largest_sum = static_cast<std::int64_t>(columns.k) * 255 * columns.largest_weight;
  for (std::size_t c = 0; c < columns.n; ++c) {
    const float scale = connection.input->scale * columns.scales[c];
    const std::optional<std::int32_t> code = bias == nullptr ? 0 : BiasCode(bias[c], scale);
    const std::int64_t largest = std::abs(std::int64_t{code.value_or(0)}) + largest_sum;
    if (!code || largest > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
    filled.bias[c] = BiasOf(*code, scale);
    // Of those together that can be summed, int32 holds every partial sum modulo 2^32.
    const std::int64_t offset = *code - std::int64_t{connection.input->zero_point} * columns.sums[c];
    filled.offsets[c] = static_cast<std::int32_t>(static_cast<std::uint32_t>(offset));
    filled.multipliers[c] = connection.output ? scale / connection.output->scale : 0.0f;
    const double code_bound = static_cast<double>(largest) * static_cast<double>(filled.multipliers[c]);
    largest_code = code_bound <= largest_code ? largest_code : code_bound;  // a NaN stays
  }
  return largest_code;
}

}  // namespace alice
