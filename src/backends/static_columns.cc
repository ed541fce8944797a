#include "backends/static_columns.h"

#include <cmath>
#include <limits>
#include <optional>

#include "numeric/bias.h"

namespace alice {

bool FillStaticColumns(const Connection& connection, const float* bias, const ProductColumns& columns,
                       const StaticColumns& filled) {
  const std::int64_t largest_sum = static_cast<std::int64_t>(columns.k) * 255 * columns.largest_weight;
  for (std::size_t c = 0; c < columns.n; ++c) {
    const float scale = connection.input->scale * columns.scales[c];
    const std::optional<std::int32_t> code = bias == nullptr ? 0 : BiasCode(bias[c], scale);
    if (!code || std::abs(std::int64_t{*code}) + largest_sum > std::numeric_limits<std::int32_t>::max()) return false;
    filled.bias[c] = BiasOf(*code, scale);
    // Of those together that can be summed, int32 holds every partial sum modulo 2^32.
    const std::int64_t offset = *code - std::int64_t{connection.input->zero_point} * columns.sums[c];
    filled.offsets[c] = static_cast<std::int32_t>(static_cast<std::uint32_t>(offset));
    filled.multipliers[c] = connection.output ? scale / connection.output->scale : 0.0f;
  }
  return true;
}

}  // namespace alice
