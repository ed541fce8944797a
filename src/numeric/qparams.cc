#include "numeric/qparams.h"

#include <algorithm>

#include "numeric/rounding.h"

namespace alice {
namespace {

/// Parameters for the codes lowest … lowest + steps.
QParams Asymmetric(float min, float max, std::int32_t steps, std::int32_t lowest) {
  min = std::min(min, 0.0f);
  max = std::max(max, 0.0f);
  const float scale = (max - min) / static_cast<float>(steps);
  if (!(scale > 0.0f)) return {};
  return {scale, RoundClamp(-min / scale, 0, steps) + lowest};
}

}  // namespace

QParams AsymmetricU8(float min, float max) { return Asymmetric(min, max, 255, 0); }

QParams SymmetricU8(float max_abs) { return {SymmetricScale(max_abs, 8), 128}; }

std::uint8_t QuantizeU8(float x, QParams qparams) {
  const std::int32_t z = qparams.zero_point;
  return static_cast<std::uint8_t>(RoundClamp(x / qparams.scale, -z, 255 - z) + z);
}

QParams AsymmetricSigned(float min, float max, int bits) {
  return Asymmetric(min, max, (1 << bits) - 1, -(1 << (bits - 1)));
}

std::int8_t QuantizeSigned(float x, QParams qparams, int bits) {
  const std::int32_t half = 1 << (bits - 1);
  const std::int32_t z = qparams.zero_point;
  return static_cast<std::int8_t>(RoundClamp(x / qparams.scale, -half - z, half - 1 - z) + z);
}

float ScaleToLimit(float max_abs, float limit) {
  const float scale = max_abs / limit;
  return scale > 0.0f ? scale : 1.0f;
}

float SymmetricScale(float max_abs, int bits) {
  return ScaleToLimit(max_abs, static_cast<float>((1 << (bits - 1)) - 1));
}

std::int8_t QuantizeSymmetric(float x, float scale, int bits) {
  const std::int32_t limit = (1 << (bits - 1)) - 1;
  return static_cast<std::int8_t>(RoundClamp(x / scale, -limit, limit));
}

}  // namespace alice
