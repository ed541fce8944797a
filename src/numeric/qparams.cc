#include "numeric/qparams.h"

#include <algorithm>

#include "numeric/rounding.h"

namespace alice {

QParams AsymmetricU8(float min, float max) {
  min = std::min(min, 0.0f);
  max = std::max(max, 0.0f);
  const float scale = (max - min) / 255.0f;
  if (!(scale > 0.0f)) return {};
  return {scale, RoundClamp(-min / scale, 0, 255)};
}

std::uint8_t QuantizeU8(float x, QParams qparams) {
  const std::int32_t z = qparams.zero_point;
  return static_cast<std::uint8_t>(RoundClamp(x / qparams.scale, -z, 255 - z) + z);
}

float SymmetricScale(float max_abs, int bits) {
  const float scale = max_abs / static_cast<float>((1 << (bits - 1)) - 1);
  return scale > 0.0f ? scale : 1.0f;
}

std::int8_t QuantizeSymmetric(float x, float scale, int bits) {
  const std::int32_t limit = (1 << (bits - 1)) - 1;
  return static_cast<std::int8_t>(RoundClamp(x / scale, -limit, limit));
}

}  // namespace alice
