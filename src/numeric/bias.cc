#include "numeric/bias.h"

#include "numeric/rounding.h"

namespace alice {

std::optional<std::int32_t> BiasCode(float bias, float scale) {
  constexpr double kBeyond = 2147483648.0;
  const double code = RoundHalfEven(static_cast<double>(bias) / static_cast<double>(scale));
  if (!(code > -kBeyond && code < kBeyond)) return std::nullopt;
  return static_cast<std::int32_t>(code);
}

}  // namespace alice
